import { html } from "htm/preact";
import { CONTROL_KEYS } from "../../../../shared/studio/shortcuts.ts";
import { EventButtons } from "../../../../viewer/web/components/common/event_buttons.ts";
import type { StudioProps } from "./props.ts";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";

type Props = Pick<StudioProps, "model" | "desk">;

/** A button for each thing that can happen, for each team; and free text. */
export function MatchPanel({ model, desk }: Props) {
  const setup = model.setup.value;
  return html`
    <section class="panel match-panel" aria-labelledby="match-title">
      <header class="panel-head">
        <h2 id="match-title">What happens</h2>
        <${TeamsButton} model=${model} />
        <span class="panel-note">
          <span class="for-keyboard">
            The letter is the key; with <kbd>⇧</kbd> it is the other team's.${" "}
          </span>
          Goes out after 5 s.
        </span>
      </header>
      <${EventButtons}
        testId="event-buttons"
        language=${setup?.language}
        actions=${setup?.actions ?? []}
        home=${model.home.value}
        away=${model.away.value}
        isIdle=${!model.canAct.value}
        onPress=${(title: string, origin: string) => desk.press(title, origin)}
      />
      <${NoteForm} model=${model} desk=${desk} />
    </section>
  `;
}

/** Once an event has named a team, a press says that the names stay. */
function TeamsButton({ model }: Pick<Props, "model">) {
  const fixed = model.match.value?.teamsFixed;
  const onClick = () => {
    if (fixed !== undefined) model.notify("info", fixed);
    else model.question.value = { kind: "teams" };
  };
  return html`
    <button
      class="small-button"
      type="button"
      data-testid="teams"
      title=${fixed}
      aria-disabled=${fixed !== undefined || !model.canAct.value}
      onClick=${onClick}
    >
      <${Icon} name="pencil" />Name the teams
    </button>
  `;
}

type Submit = Event & { readonly currentTarget: HTMLFormElement };

function NoteForm({ model, desk }: Props) {
  const onSubmit = (event: Submit) => {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    const wrong = desk.note(String(values.get("text")), String(values.get("origin")));
    if (wrong !== "") return model.notify("warning", wrong);
    form.reset();
    // The keys are the match's again.
    form.querySelector("input")!.blur();
  };
  const onKeyDown = ({ key, currentTarget }: KeyboardEvent & { currentTarget: HTMLElement }) =>
    key === "Escape" && currentTarget.blur();
  return html`
    <form class="note-form" onSubmit=${onSubmit}>
      <label class="note-text">
        <span class="visually-hidden">A sentence for the timeline</span>
        <input
          id="note"
          class="field"
          name="text"
          maxlength="500"
          autocomplete="off"
          dir="auto"
          placeholder="Anything else, in your words"
          aria-keyshortcuts=${CONTROL_KEYS.note.toUpperCase()}
          onKeyDown=${onKeyDown}
        />
        <kbd aria-hidden="true">${CONTROL_KEYS.note.toUpperCase()}</kbd>
      </label>
      <label>
        <span class="visually-hidden">Team</span>
        <select class="field" name="origin">
          <option value="">Both teams</option>
          <option value=${model.home.value}>${model.home.value}</option>
          <option value=${model.away.value}>${model.away.value}</option>
        </select>
      </label>
      <button class="quiet-button outlined" type="submit" aria-disabled=${!model.canAct.value}>
        Send
      </button>
    </form>
  `;
}
