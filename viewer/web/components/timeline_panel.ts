import { html } from "htm/preact";
import { EVENT_TYPES, type FeedEvent } from "../../../shared/wire/event.ts";
import type { PageModel } from "../model.ts";
import { teamHues } from "../team_color.ts";
import { EventIcon } from "./event_icon.ts";

/** What happened, newest first, as it happens. */
export function TimelinePanel({ model }: { readonly model: PageModel }) {
  const timeline = model.timeline.value;
  const isKnown = model.scoreboard.value !== null;
  const missed = (timeline[0]?.count ?? 1) - 1;
  return html`
    <section class="panel timeline-panel" aria-labelledby="timeline-title">
      <header class="panel-head">
        <h2 id="timeline-title">Timeline</h2>
        <span class="panel-note">${timeline.length > 0 && `${timeline.length} events`}</span>
      </header>
      <div id="timeline" class="timeline-scroll" tabindex="0" role="region" aria-label="Timeline">
        ${timeline.length === 0 && html`<${NoEvents} isKnown=${isKnown} />`}
        <ol class="timeline" data-testid="timeline" reversed>
          ${timeline.toReversed().map((event) =>
            html`<${Entry} key=${event.count} event=${event} model=${model} />`
          )}
        </ol>
        ${missed > 0 && html`<p class="timeline-missed">Tuned in at event ${missed + 1}</p>`}
      </div>
    </section>
  `;
}

function NoEvents({ isKnown }: { readonly isKnown: boolean }) {
  if (isKnown) {
    return html`
      <p class="empty">
        <strong>Nothing has happened yet</strong>
        Goals, cards and all the rest show up here the moment they happen.
      </p>
    `;
  }
  return html`
    <div class="skeleton-list" aria-hidden="true">
      ${[72, 54, 63].map((width) =>
        html`<span class="skeleton" style=${{ width: `${width}%` }} />`
      )}
    </div>
  `;
}

interface EntryProps {
  readonly event: FeedEvent;
  readonly model: PageModel;
}

function Entry({ event, model }: EntryProps) {
  const { home = "", away = "" } = model.scoreboard.value ?? {};
  const { clock, origin, title } = event.event;
  const [homeHue, awayHue] = teamHues(home || "Home", away || "Away");
  const side = origin === "" ? "both" : origin === away ? "away" : "home";
  const isGoal = event.type === EVENT_TYPES.goal;
  return html`
    <li
      class="entry entry-${side} ${isGoal ? "entry-goal" : ""} ${isPause(event)
        ? "entry-pause"
        : ""}"
      style=${{ "--hue": side === "away" ? awayHue : homeHue }}
      data-count=${event.count}
      data-type=${event.type}
    >
      <span class="entry-clock">${clock}</span>
      <span class="entry-icon"><${EventIcon} type=${event.type} /></span>
      <div class="entry-body">
        <p class="entry-title">
          <span class="entry-what">${title}</span>
          ${origin && html`<span class="entry-team">${origin}</span>`}
        </p>
        <p class="entry-phrase">${event.content}</p>
      </div>
      ${showsScore(event) && html`<span class="entry-score">${event.score}</span>`}
    </li>
  `;
}

/** Something that divides the match. */
function isPause({ type }: FeedEvent): boolean {
  return PAUSES.has(type);
}

function showsScore(event: FeedEvent): boolean {
  return event.type === EVENT_TYPES.goal || event.type === EVENT_TYPES.halfTime ||
    event.type === EVENT_TYPES.fullTime;
}

const PAUSES: ReadonlySet<number> = new Set([
  EVENT_TYPES.kickOff,
  EVENT_TYPES.halfTime,
  EVENT_TYPES.secondHalf,
  EVENT_TYPES.fullTime,
]);
