import { html } from "htm/preact";
import type { Broadcast } from "../../../../shared/directory/forms.ts";
import type { DirectoryModel } from "../model/model.ts";
import { BroadcastCard, type CardActions } from "./broadcast_card.ts";

interface Props {
  readonly model: DirectoryModel;
  readonly actions: CardActions;
}

/** What is on and begins soon, or what was found. */
export function BroadcastLists({ model, actions }: Props) {
  const found = model.isSearching.value ? model.found.value : null;
  const isArriving = model.sections.value === null && found === null;
  return html`
    <div
      class=${`directory-lists ${isArriving ? "arriving" : ""}`}
      id="broadcasts"
      tabindex="-1"
      aria-busy=${isArriving}
    >
      ${found
        ? html`<${FoundList} model=${model} actions=${actions} />`
        : html`<${SectionLists} model=${model} actions=${actions} />`}
      ${model.hasMore.value && html`
        <p class="directory-more">There are more. Search for a team, a title or a sport.</p>
      `}
    </div>
  `;
}

function FoundList({ model, actions }: Props) {
  const { text, broadcasts } = model.found.value!;
  return html`
    <${Section} id="found" title="Found" broadcasts=${broadcasts} model=${model} actions=${actions}>
      <p class="empty" data-testid="nothing-found">
        <strong>Nothing found for “<bdi>${text}</bdi>”</strong>
        Small mistakes don’t matter. Try fewer words, or another one.
      </p>
      <//>
  `;
}

function SectionLists({ model, actions }: Props) {
  const sections = model.sections.value;
  if (!sections) return html`<${Skeletons} />`;
  const { live, soon, away } = sections;
  const props = { model, actions };
  return html`
    <${Section} id="live" title="On now" broadcasts=${live} ...${props}>
      <p class="empty">
        <strong>Nothing is on at the moment</strong>
        What begins shows up here by itself.
      </p>
    <//>
    ${soon.length > 0 && html`
      <${Section} id="soon" title="Soon" broadcasts=${soon} ...${props} />
    `}
    ${away.length > 0 && html`
      <${Section} id="away" title="No signal from the host" broadcasts=${away} ...${props} />
    `}
  `;
}

interface SectionProps extends Props {
  readonly id: string;
  readonly title: string;
  readonly broadcasts: readonly Broadcast[];
  /** What is shown instead of an empty list. */
  readonly children?: unknown;
}

function Section({ id, title, broadcasts, model, actions, children }: SectionProps) {
  return html`
    <section class="broadcast-section" aria-labelledby=${`${id}-title`} data-testid=${id}>
      <h2 id=${`${id}-title`}>
        ${title}${" "}<span class="section-count">${broadcasts.length || ""}</span>
      </h2>
      ${broadcasts.length === 0 ? children : html`
        <ul class="cards">
          ${broadcasts.map((broadcast) =>
            html`
              <${BroadcastCard}
                key=${broadcast.id}
                broadcast=${broadcast}
                now=${model.now.value}
                actions=${actions}
              />
            `
          )}
        </ul>
      `}
    </section>
  `;
}

/** In the size of what is still loading. */
function Skeletons() {
  return html`
    <section class="broadcast-section" aria-label="The list is loading">
      <h2><span class="skeleton">On now</span></h2>
      <ul class="cards" aria-hidden="true">
        ${[1, 2, 3, 4].map((key) => html`<li key=${key} class="card card-skeleton skeleton"></li>`)}
      </ul>
    </section>
  `;
}
