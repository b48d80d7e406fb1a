import { html } from "htm/preact";
import { EVENT_TYPES, type TimelineEvent } from "../../../shared/event/event.ts";
import type { Connection } from "../../../shared/page/page.ts";
import type { PageModel } from "../model/model.ts";
import { teamHues } from "../model/team_color.ts";
import { earlierWords, plural, saysMore } from "../model/words.ts";
import { MAX_CORRECTION_AGE, type ReportModel } from "../reports/report_model.ts";
import { agreementWords, subjectWords } from "../reports/report_words.ts";
import { EventIcon } from "./common/event_icon.ts";
import { Icon } from "./common/icons.ts";

interface Props {
  readonly model: PageModel;
  readonly reports: ReportModel;
}

/** The timeline, newest entry first; for whoever may report the second part of the page, where events are corrected. */
export function TimelinePanel({ model, reports }: Props) {
  const timeline = model.timeline.value;
  const [home, away] = [model.home.value, model.away.value];
  const [homeHue, awayHue] = teamHues(home, away);
  const corrected = new Set(timeline.map(({ event }) => event.supersedes));
  const isFeed = reports.setup.value !== null;
  return html`
    <section
      class="panel timeline-panel"
      aria-labelledby="timeline-title"
      data-testid=${isFeed ? "report-feed" : undefined}
    >
      <header class="panel-head">
        <h2 id="timeline-title">Timeline</h2>
        <span class="panel-note">${eventCount(timeline)}</span>
      </header>
      <div id="timeline" class="timeline-scroll" tabindex="0" role="group" aria-label="Newest first">
        ${timeline.length === 0 && html`<${NoEvents} model=${model} />`}
        <ol class="timeline" data-testid="timeline" reversed>
          ${timeline.toReversed().map((event) =>
            html`
              <${Entry}
                key=${event.count}
                event=${event}
                side=${sideOf(event, away)}
                hue=${sideOf(event, away) === "away" ? awayHue : homeHue}
                isCorrected=${corrected.has(event.event.id)}
                reports=${isFeed ? reports : undefined}
              />
            `
          )}
        </ol>
        ${earlierWords(timeline) && html`
          <p class="timeline-missed">${earlierWords(timeline)}</p>
        `}
      </div>
    </section>
  `;
}

function eventCount(timeline: readonly TimelineEvent[]): string {
  return timeline.length === 0 ? "" : plural(timeline.length, "event");
}

function NoEvents({ model }: { readonly model: PageModel }) {
  const connection = model.connection.value;
  if (connection) {
    const [title, text] = emptyWords(connection, model.end.value?.title);
    return html`<p class="empty"><strong>${title}</strong> ${text}</p>`;
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
  readonly event: TimelineEvent;
  readonly side: "home" | "away" | "both";
  readonly hue: number;
  /** Whether a later entry corrects this one. */
  readonly isCorrected: boolean;
  /** For whoever may report. */
  readonly reports: ReportModel | undefined;
}

function Entry({ event, side, hue, isCorrected, reports }: EntryProps) {
  const { clock, origin, title, agreement } = event.event;
  const classes = ["entry", `entry-${side}`];
  if (event.type === EVENT_TYPES.goal) classes.push("entry-goal");
  if (PAUSES.has(event.type)) classes.push("entry-pause");
  if (isCorrected) classes.push("entry-corrected");
  return html`
    <li
      class=${classes.join(" ")}
      style=${{ "--hue": hue }}
      data-count=${event.count}
      data-type=${event.type}
      data-votes=${agreement?.votes}
      data-against=${agreement?.against}
      data-reporters=${agreement?.reporters}
    >
      <span class="entry-clock">${clock}</span>
      <span class="entry-icon"><${EventIcon} type=${event.type} /></span>
      <div class="entry-body">
        <p class="entry-title">
          <span class="entry-what">${title}</span>
          ${origin && html`<span class="entry-team">${origin}</span>`}
          ${isCorrected && html`<span class="entry-team">Corrected later</span>`}
        </p>
        ${saysMore(title, origin, event.content) && html`
          <p class="entry-phrase">${event.content}</p>
        `}
        <${AgreementLine} event=${event} isFeed=${reports !== undefined} />
      </div>
      <span class="entry-end">
        ${showsScore(event) && html`<span class="entry-score">${event.score}</span>`}
        ${reports && !isCorrected && html`<${CorrectButton} event=${event} reports=${reports} />`}
      </span>
    </li>
  `;
}

interface AgreementProps {
  readonly event: TimelineEvent;
  readonly isFeed: boolean;
}

/** Whose word an event is. */
function AgreementLine({ event: { event: { agreement } }, isFeed }: AgreementProps) {
  if (agreement) {
    return html`
      <p class="entry-agreement"><${Icon} name="done" />${agreementWords(agreement)}</p>
    `;
  }
  return isFeed && html`<p class="entry-agreement">By the host</p>`;
}

interface CorrectProps {
  readonly event: TimelineEvent;
  readonly reports: ReportModel;
}

/** Others vote on what it really was; the host takes that for ten minutes. */
function CorrectButton({ event, reports }: CorrectProps) {
  const { title, time, clock } = event.event;
  const isKnown = reports.match.value?.actions.some((action) => action.title === title);
  if (!isKnown || reports.now.value - reports.atOf(time) > MAX_CORRECTION_AGE) return null;
  return html`
    <button
      class="icon-button"
      type="button"
      data-testid="correct"
      title="It was something else"
      aria-label=${`It was something else: ${subjectWords(event.event)}, ${clock}`}
      onClick=${() => reports.correcting.value = event}
    >
      <${Icon} name="pencil" />
    </button>
  `;
}

function sideOf({ event }: TimelineEvent, away: string): EntryProps["side"] {
  if (event.origin === "") return "both";
  return event.origin === away ? "away" : "home";
}

/** @param end why nothing more comes; undefined while something may. */
function emptyWords(
  { state, server }: Connection,
  end: string | undefined,
): readonly [title: string, text: string] {
  if (end !== undefined) return [end, "No event has come."];
  if (state === "joining") return ["No answer yet", `Joining the broadcast at ${server}.`];
  return [
    "Nothing has happened yet",
    "Goals, cards and other events appear here as they happen.",
  ];
}

function showsScore(event: TimelineEvent): boolean {
  return event.type === EVENT_TYPES.goal || event.type === EVENT_TYPES.halfTime ||
    event.type === EVENT_TYPES.fullTime;
}

/** The events that divide the match into periods. */
const PAUSES: ReadonlySet<number> = new Set([
  EVENT_TYPES.kickOff,
  EVENT_TYPES.halfTime,
  EVENT_TYPES.secondHalf,
  EVENT_TYPES.fullTime,
]);
