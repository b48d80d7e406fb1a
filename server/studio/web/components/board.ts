import { html } from "htm/preact";
import { CONTROL_KEYS } from "../../../../shared/studio/shortcuts.ts";
import { ScoreboardPanel } from "../../../../viewer/web/components/scoreboard_panel.ts";
import { periodWords } from "../../../../viewer/web/model/words.ts";
import type { StudioProps } from "./props.ts";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";

type Props = Pick<StudioProps, "model" | "desk">;
type Submit = Event & { readonly currentTarget: HTMLFormElement };

/** Score and clock, and the clock's controls. */
export function Board({ model, desk }: Props) {
  return html`
    <div class="board">
      <${ScoreboardPanel} model=${model} />
      <div class="clock-bar" data-testid="clock-control" role="group" aria-label="Clock">
        <${ClockButtons} model=${model} desk=${desk} />
        <${ClockForm} model=${model} desk=${desk} />
        <${UndoButton} model=${model} desk=${desk} />
      </div>
    </div>
  `;
}

function ClockButtons({ model, desk }: Props) {
  const isRunning = model.match.value?.clock.isRunning === true;
  const isIdle = !model.canAct.value;
  return html`
    <div class="button-pair">
      <button
        class="quiet-button outlined"
        type="button"
        data-testid="clock-control"
        data-do="start"
        aria-pressed=${isRunning}
        aria-disabled=${isIdle}
        aria-keyshortcuts=${isRunning ? undefined : CONTROL_KEYS.clock.toUpperCase()}
        onClick=${() => desk.start()}
      >
        <${Icon} name="play" />Start
        <${ClockKey} isIdle=${isRunning} />
      </button>
      <button
        class="quiet-button outlined"
        type="button"
        data-testid="clock-control"
        data-do="stop"
        aria-pressed=${!isRunning}
        aria-disabled=${isIdle}
        aria-keyshortcuts=${isRunning ? CONTROL_KEYS.clock.toUpperCase() : undefined}
        onClick=${() => desk.stop()}
      >
        <${Icon} name="stop" />Stop
        <${ClockKey} isIdle=${!isRunning} />
      </button>
    </div>
  `;
}

/** At the button that the key presses now. The other one keeps room for it, so that nothing moves. */
function ClockKey({ isIdle }: { readonly isIdle: boolean }) {
  return html`
    <kbd class=${isIdle ? "idle" : ""} aria-hidden="true">${CONTROL_KEYS.clock.toUpperCase()}</kbd>
  `;
}

/** What was typed stays in the fields until it was right. */
function ClockForm({ model, desk }: Props) {
  const onSubmit = (event: Submit) => {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    const period = Number(values.get("period")) || undefined;
    const wrong = desk.set(String(values.get("clock")), period);
    if (wrong === "") return form.reset();
    model.notify("warning", wrong);
    form.querySelector("input")!.focus();
  };
  return html`
    <form class="clock-form" onSubmit=${onSubmit}>
      <label>
        <span class="visually-hidden">Clock to set, minutes and seconds</span>
        <input
          class="field"
          name="clock"
          inputmode="numeric"
          autocomplete="off"
          maxlength="7"
          placeholder="45:00"
        />
      </label>
      <label>
        <span class="visually-hidden">Period</span>
        <select class="field" name="period">
          <option value="">Same period</option>
          ${[1, 2, 3, 4, 5].map((period) =>
            html`<option value=${period}>${periodWords(period)}</option>`
          )}
        </select>
      </label>
      <button
        class="quiet-button outlined"
        type="submit"
        data-testid="clock-control"
        data-do="set"
        aria-disabled=${!model.canAct.value}
      >
        Set
      </button>
    </form>
  `;
}

/** Takes back what was pressed last, and says how long that is possible. */
function UndoButton({ model, desk }: Props) {
  const waiting = model.match.value?.waiting ?? [];
  const last = waiting.at(-1);
  const seconds = last && Math.ceil(model.millisLeft(last) / 1000);
  return html`
    <button
      class="quiet-button outlined undo"
      type="button"
      data-testid="undo"
      data-waiting=${waiting.length}
      aria-disabled=${!model.canAct.value}
      aria-keyshortcuts=${CONTROL_KEYS.undo.toUpperCase()}
      onClick=${() => desk.undo()}
    >
      <${Icon} name="undo" />
      <span class="undo-what">
        Undo${" "}${last && html`<bdi>${last.title}</bdi>`}
      </span>
      ${last && html`<span class="undo-seconds" aria-hidden="true"> · ${seconds} s</span>`}
      <kbd aria-hidden="true">${CONTROL_KEYS.undo.toUpperCase()}</kbd>
    </button>
  `;
}
