import { html } from "htm/preact";
import { EVENT_TYPES } from "../../../../shared/event/event.ts";
import {
  type PastEvent,
  UNDO_MILLIS,
  type WaitingEvent,
} from "../../../../shared/studio/match_messages.ts";
import { EventIcon } from "../../../../viewer/web/components/common/event_icon.ts";
import { teamHues } from "../../../../viewer/web/model/team_color.ts";
import { saysMore } from "../../../../viewer/web/model/words.ts";
import { agreementWords } from "../../../../viewer/web/reports/report_words.ts";
import type { StudioModel } from "../model/model.ts";
import { eventName } from "../model/words.ts";
import type { StudioProps } from "./props.ts";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";

type Props = Pick<StudioProps, "model" | "desk">;

/** What waits to go out, and what is out, newest first. */
export function TimelinePanel({ model, desk }: Props) {
  const { waiting = [], past = [], count = 0 } = model.match.value ?? {};
  return html`
    <section class="panel timeline-panel" aria-labelledby="timeline-title">
      <header class="panel-head">
        <h2 id="timeline-title">Timeline</h2>
        <span class="panel-note">${count > 0 && `${count} sent`}</span>
      </header>
      <div
        id="timeline"
        class="timeline-scroll"
        tabindex="0"
        role="region"
        aria-label="Newest first"
      >
        ${waiting.length + past.length === 0 && html`
          <p class="empty">
            <strong>Nothing has happened yet</strong>
            Press a button above: it waits here for 5 s, and can be undone.
          </p>
        `}
        <ol class="timeline" data-testid="timeline">
          ${waiting.toReversed().map((event) =>
            html`<${Waiting} key=${event.id} event=${event} model=${model} desk=${desk} />`
          )}
          ${past.map((event) => html`<${Past} key=${event.count} event=${event} model=${model} />`)}
        </ol>
      </div>
    </section>
  `;
}

interface WaitingProps extends Props {
  readonly event: WaitingEvent;
}

/** An event that waits; how long is shown as a line that gets shorter. */
function Waiting({ event, model, desk }: WaitingProps) {
  const left = model.millisLeft(event);
  return html`
    <li class=${`${classesOf(event, model)} entry-waiting`} style=${styleOf(
      event,
      model,
    )} data-id=${event.id}>
      <span class="entry-clock">${event.clock}</span>
      <span class="entry-icon"><${EventIcon} type=${event.type} /></span>
      <${Body} event=${event} model=${model} note=${left > 0
        ? `Goes out in ${Math.ceil(left / 1000)} s`
        : "Goes out"} />
      <span class="entry-actions">
        <button
          class="icon-button"
          type="button"
          data-testid="undo-event"
          title="Undo"
          aria-label=${`Undo ${nameOf(event)}`}
          aria-disabled=${!model.canAct.value}
          onClick=${() => desk.undoEvent(event.id)}
        >
          <${Icon} name="undo" />
        </button>
        <${CorrectButton} event=${event} model=${model} />
      </span>
      <span
        class="entry-countdown"
        aria-hidden="true"
        style=${{ "--left": Math.min(1, left / UNDO_MILLIS).toFixed(2) }}
      ></span>
    </li>
  `;
}

interface PastProps {
  readonly event: PastEvent;
  readonly model: StudioModel;
}

function Past({ event, model }: PastProps) {
  const isCorrected = event.correctedBy !== undefined;
  const note = isCorrected ? "Corrected later" : event.supersedes ? "Correction" : "";
  return html`
    <li
      class=${`${classesOf(event, model)} ${isCorrected ? "entry-corrected" : ""}`}
      style=${styleOf(event, model)}
      data-id=${event.id}
      data-count=${event.count}
      data-type=${event.type}
    >
      <span class="entry-clock">${event.clock}</span>
      <span class="entry-icon"><${EventIcon} type=${event.type} /></span>
      <${Body} event=${event} model=${model} note=${note} />
      <span class="entry-actions">
        ${event.type === EVENT_TYPES.goal && html`
          <span class="entry-score">${event.score.join(" x ")}</span>
        `}
        ${!isCorrected && html`
          <button
            class="icon-button"
            type="button"
            data-testid="take-back"
            title="It did not happen"
            aria-label=${`It did not happen: ${nameOf(event)}`}
            aria-disabled=${!model.canAct.value}
            onClick=${() => model.question.value = { kind: "take-back", event }}
          >
            <${Icon} name="cross" />
          </button>
          <${CorrectButton} event=${event} model=${model} />
        `}
      </span>
    </li>
  `;
}

interface BodyProps {
  readonly event: PastEvent | WaitingEvent;
  readonly model: StudioModel;
  readonly note: string;
}

function Body({ event, model, note }: BodyProps) {
  const language = model.setup.value?.language;
  const agreement = "agreement" in event ? event.agreement : undefined;
  return html`
    <div class="entry-body">
      <p class="entry-title">
        <span class="entry-what" lang=${language}>${event.title}</span>
        ${event.origin && html`<span class="entry-team">${event.origin}</span>`}
        ${note && html`<span class="entry-note">${note}</span>`}
      </p>
      ${saysMore(event.title, event.origin, event.text) && html`
        <p class="entry-phrase" lang=${language}>${event.text}</p>
      `}
      ${agreement && html`
        <p class="entry-agreement"><${Icon} name="done" />${agreementWords(agreement)}</p>
      `}
    </div>
  `;
}

interface CorrectProps {
  readonly event: PastEvent | WaitingEvent;
  readonly model: StudioModel;
}

function CorrectButton({ event, model }: CorrectProps) {
  return html`
    <button
      class="icon-button"
      type="button"
      data-testid="correct"
      title="Correct"
      aria-label=${`Correct ${nameOf(event)}`}
      aria-disabled=${!model.canAct.value}
      onClick=${() => model.question.value = { kind: "correct", event }}
    >
      <${Icon} name="pencil" />
    </button>
  `;
}

function classesOf({ origin, type }: PastEvent | WaitingEvent, model: StudioModel): string {
  const side = origin === "" ? "both" : origin === model.away.value ? "away" : "home";
  return `entry entry-${side} ${type === EVENT_TYPES.goal ? "entry-goal" : ""}`;
}

function styleOf({ origin }: PastEvent | WaitingEvent, model: StudioModel) {
  const [homeHue, awayHue] = teamHues(model.home.value, model.away.value);
  return { "--hue": origin === model.away.value ? awayHue : homeHue };
}

/** `Goal, Flamengo, 23:10` */
function nameOf(event: PastEvent | WaitingEvent): string {
  return [eventName(event), event.clock].filter((part) => part !== "").join(", ");
}
