import { html } from "htm/preact";
import type { Broadcast } from "../../../shared/directory/forms.ts";
import { DirectoryAnnouncer } from "../../../server/directory/web/components/app.ts";
import { BroadcastLists } from "../../../server/directory/web/components/broadcast_lists.ts";
import { DirectoryPill } from "../../../server/directory/web/components/directory_pill.ts";
import { SearchBox } from "../../../server/directory/web/components/search_box.ts";
import type { ListKeeper } from "../../../server/directory/web/model/list_keeper.ts";
import type { DirectoryModel } from "../../../server/directory/web/model/model.ts";
import { matchName } from "../../../server/directory/web/model/words.ts";
import { Brand } from "../components/brand.ts";
import { CreateDialog } from "./create_dialog.ts";
import type { OwnDesk } from "./own_desk.ts";
import { OwnPanels } from "./own_panels.ts";

export interface AppProps {
  readonly model: DirectoryModel;
  readonly keeper: ListKeeper;
  readonly desk: OwnDesk;
}

/** The whole page. */
export function App({ model, keeper, desk }: AppProps) {
  const isHosting = desk.own.value?.hosting?.isOver === false;
  return html`
    <a class="skip-link" href="#broadcasts">Skip to the broadcasts</a>
    <header class="top">
      <${Brand} name="Streamer" />
      <${DirectoryPill} model=${model} />
    </header>
    <main class="directory">
      <${SearchBox} model=${model} keeper=${keeper}>
        <button
          class="quiet-button outlined create-button"
          type="button"
          data-testid="create"
          aria-disabled=${isHosting}
          title=${isHosting ? "You host a broadcast already" : undefined}
          onClick=${() => desk.isCreating.value = !isHosting}
        >
          Create a broadcast
        </button>
      <//>
      <${OwnPanels} desk=${desk} />
      <${BroadcastLists} model=${model} actions=${(broadcast: Broadcast) =>
        html`<${CardButtons} broadcast=${broadcast} desk=${desk} />`} />
    </main>
    <${Problem} desk=${desk} />
    ${desk.isCreating.value && html`<${CreateDialog} desk=${desk} />`}
    <${DirectoryAnnouncer} model=${model} />
  `;
}

interface CardProps {
  readonly broadcast: Broadcast;
  readonly desk: OwnDesk;
}

function CardButtons({ broadcast, desk }: CardProps) {
  const { listening, hosting } = desk.own.value ?? {};
  const { id } = broadcast;
  if (hosting?.id === id && !hosting.isOver) {
    return html`
      <a class="quiet-button outlined" href="/studio" target="_blank" rel="noopener"
        aria-label=${`Studio of ${matchName(broadcast)}`}>Studio</a>
    `;
  }
  if (listening?.broadcast.id === id && !listening.isOver) {
    return html`
      <a class="button" href="/match" aria-label=${`Open ${matchName(broadcast)}`}>Open</a>
    `;
  }
  const isJoining = desk.joining.value === id;
  return html`
    <button
      class="button"
      type="button"
      data-testid="join"
      aria-label=${`${isJoining ? "Joining" : "Join"} ${matchName(broadcast)}`}
      aria-busy=${isJoining}
      onClick=${() => desk.join(id)}
    >
      ${isJoining ? "Joining" : "Join"}
    </button>
  `;
}

/** Why something was not done, over the lower edge: nothing moves for it. */
function Problem({ desk }: { readonly desk: OwnDesk }) {
  const text = desk.problem.value;
  return html`
    <div class="problem-place" role="alert">
      ${text && html`
        <p class="problem" data-testid="problem">
          <span>${text}</span>
          <button class="small-button" type="button" onClick=${() => desk.problem.value = ""}>
            Close
          </button>
        </p>
      `}
    </div>
  `;
}
