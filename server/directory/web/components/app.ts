/**
 * server/directory/web/components: what the directory's page shows.
 *
 * Components read the signals of ../model/model.ts and write HTML; what is typed and pressed goes to the list
 * keeper and to the model. Names come from strangers: each stands in a <bdi>, so that it turns no words around it.
 * This file is the whole page: the search (search_box.ts), what is on, what begins soon or what was found
 * (broadcast_lists.ts, broadcast_card.ts), and how one joins and creates (join_dialog.ts, how_panel.ts). The page of
 * `view` without a link shows the same lists. The next file to read is broadcast_lists.ts.
 */
import { html } from "htm/preact";
import type { Broadcast } from "../../../../shared/directory/forms.ts";
import { Brand } from "../../../../viewer/web/components/brand.ts";
import type { DirectoryPlace } from "../model/join_words.ts";
import type { ListKeeper } from "../model/list_keeper.ts";
import type { DirectoryModel } from "../model/model.ts";
import { matchName } from "../model/words.ts";
import { BroadcastLists } from "./broadcast_lists.ts";
import { DirectoryPill } from "./directory_pill.ts";
import { HowPanel } from "./how_panel.ts";
import { JoinDialog } from "./join_dialog.ts";
import { SearchBox } from "./search_box.ts";

interface Props {
  readonly model: DirectoryModel;
  readonly keeper: ListKeeper;
  readonly place: DirectoryPlace;
}

/** The whole page. */
export function App({ model, keeper, place }: Props) {
  const actions = (broadcast: Broadcast) =>
    html`
      <button
        class="button"
        type="button"
        data-testid="join"
        aria-label=${`Join ${matchName(broadcast)}`}
        onClick=${() => model.chosen.value = broadcast}
      >
        Join
      </button>
    `;
  return html`
    <a class="skip-link" href="#broadcasts">Skip to the broadcasts</a>
    <header class="top">
      <${Brand} name="Streamer directory" />
      <${DirectoryPill} model=${model} />
    </header>
    <main class="directory">
      <${SearchBox} model=${model} keeper=${keeper} />
      <div class="directory-columns">
        <${BroadcastLists} model=${model} actions=${actions} />
        <${HowPanel} place=${place} />
      </div>
    </main>
    <${JoinDialog} model=${model} place=${place} />
    <${DirectoryAnnouncer} model=${model} />
  `;
}

/** Tells screen readers what was found, without taking the focus. */
export function DirectoryAnnouncer({ model }: Pick<Props, "model">) {
  return html`
    <p class="visually-hidden" role="status" aria-live="polite">${model.announcement.value}</p>
  `;
}
