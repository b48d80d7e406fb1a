import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { joinCommand } from "../../../../shared/admission/join_command.ts";
import { broadcastLink, type DirectoryPlace } from "../model/join_words.ts";
import type { DirectoryModel } from "../model/model.ts";
import { CopyLine } from "./copy_line.ts";

interface Props {
  readonly model: DirectoryModel;
  readonly place: DirectoryPlace;
}

/** How one joins the chosen broadcast: the command and the link. Neither has a token: the program gets its own. */
export function JoinDialog({ model, place }: Props) {
  const broadcast = model.chosen.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (broadcast) dialog.current!.showModal();
  }, [broadcast]);
  if (!broadcast) return null;
  const { id, home, away, title, host } = broadcast;
  const link = broadcastLink(place, id);
  return html`
    <dialog
      class="dialog join-dialog"
      data-testid="join-dialog"
      aria-labelledby="join-title"
      ref=${dialog}
      onClose=${() => model.chosen.value = null}
    >
      <h2 id="join-title">Join <bdi>${home}</bdi> x <bdi>${away}</bdi></h2>
      <p class="hint"><bdi>${title}</bdi>, hosted by <bdi>${host.name}</bdi></p>
      <p>Run this, and follow the match on a page of your own, with sound and screen:</p>
      <${CopyLine} text=${joinCommand("view", link)} what="the command" testId="join-command" />
      <p>Or only listen, in the terminal:</p>
      <${CopyLine} text=${joinCommand("listen", link)} what="the command that listens"
        testId="listen-command" />
      <p>The link to pass on. It holds no token: everybody gets their own.</p>
      <p class="join-link"><a data-testid="join-link" href=${link} dir="ltr">${link}</a></p>
      <div class="dialog-buttons">
        <button class="button" type="button" onClick=${() => dialog.current!.close()}>Done</button>
      </div>
    </dialog>
  `;
}
