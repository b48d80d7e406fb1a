import { html } from "htm/preact";
import { MAX_TEAM_NAME_LENGTH } from "../../../../shared/admission/admission_info.ts";
import type { PastEvent, WaitingEvent } from "../../../../shared/studio/match_messages.ts";
import type { StudioListener } from "../../../../shared/studio/studio_messages.ts";
import { type Change, readTypedClock, WRONG_CLOCK } from "../model/desk.ts";
import { changeOf } from "../model/correction.ts";
import { putOutWords } from "../model/words.ts";
import type { StudioProps } from "./props.ts";
import { Dialog } from "../../../../viewer/web/components/common/dialog.ts";

type Props = Pick<StudioProps, "model" | "desk">;

/**
 * The one question that is open, if any. Its fields only begin with their values: as `value` these would come back
 * whenever the page is drawn, over what was typed.
 */
export function Dialogs({ model, desk }: Props) {
  const question = model.question.value;
  const both = { model, desk };
  switch (question?.kind) {
    case "put-out":
      return html`<${PutOut} ...${both} listener=${question.listener} />`;
    case "correct":
      return html`<${Correct} ...${both} event=${question.event} />`;
    case "take-back":
      return html`<${TakeBack} ...${both} event=${question.event} />`;
    case "teams":
      return html`<${Teams} ...${both} />`;
    default:
      return null;
  }
}

function PutOut({ model, desk, listener }: Props & { readonly listener: StudioListener }) {
  const words = putOutWords(listener, model.start.value?.tokens ?? "shared");
  return html`
    <${Dialog}
      title=${words.question}
      verb="Put out"
      testId="put-out"
      isDangerous
      onClose=${() => model.question.value = null}
      onSubmit=${(values: FormData) => desk.putOut(listener.id, values.has("revoke"))}
    >
      <p>${words.detail}</p>
      ${words.canRevoke && html`
        <label class="check">
          <input type="checkbox" name="revoke" defaultChecked />
          Revoke the token too, so that nobody can come back with it
        </label>
      `}
    <//>
  `;
}

/** Names of before are kept in the fields, to be changed; a team that has none yet is asked for one. */
function Teams({ model, desk }: Props) {
  const sides = [
    ["home", "Home", model.setup.value?.home],
    ["away", "Away", model.setup.value?.away],
  ] as const;
  const onSubmit = (values: FormData) =>
    desk.nameTeams({ home: String(values.get("home")), away: String(values.get("away")) });
  return html`
    <${Dialog}
      title="Who plays?"
      verb="Name the teams"
      testId="teams-confirm"
      onClose=${() => model.question.value = null}
      onSubmit=${onSubmit}
    >
      <p>Everybody who listens is told. The names stay as soon as an event has named a team.</p>
      <div class="dialog-fields">
        ${sides.map(([side, title, name = ""]) =>
          html`
            <label class="labelled">
              ${title}
              <input
                class="field"
                name=${side}
                defaultValue=${name === title ? "" : name}
                placeholder=${title}
                maxlength=${MAX_TEAM_NAME_LENGTH}
                autocomplete="off"
                dir="auto"
                data-testid="team-${side}"
              />
            </label>
          `
        )}
      </div>
      <//>
  `;
}

function TakeBack({ model, desk, event }: Props & { readonly event: PastEvent }) {
  return html`
    <${Dialog}
      title="It did not happen?"
      verb="It did not happen"
      testId="take-back-confirm"
      isDangerous
      onClose=${() => model.question.value = null}
      onSubmit=${() => desk.takeBack(event.id)}
    >
      <p class="dialog-event">
        ${event.clock} <bdi>${event.title}</bdi> <bdi>${event.origin}</bdi>
      </p>
      <p>The event stays in the timeline, and a correction after it says that it did not happen.</p>
      <//>
  `;
}

function Correct({ model, desk, event }: Props & { readonly event: PastEvent | WaitingEvent }) {
  const { actions = [] } = model.setup.value ?? {};
  const [home, away] = [model.home.value, model.away.value];
  const titles = new Set([event.title, ...actions.map(({ title }) => title)]);
  const onSubmit = (values: FormData) => {
    const clock = readTypedClock(String(values.get("clock")));
    if (clock === undefined) return WRONG_CLOCK;
    const wanted: Required<Change> = {
      title: String(values.get("title")),
      origin: String(values.get("origin")),
      text: String(values.get("text")),
      clock,
    };
    return desk.correct(event, changeOf(event, wanted, actions));
  };
  return html`
    <${Dialog}
      title="Correct"
      verb="Correct"
      testId="correct-confirm"
      onClose=${() => model.question.value = null}
      onSubmit=${onSubmit}
    >
      <div class="dialog-fields">
        <label class="labelled">
          What
          <select class="field" name="title">
            ${[...titles].map((title) =>
              html`<option value=${title} selected=${title === event.title}>${title}</option>`
            )}
          </select>
        </label>
        <label class="labelled">
          Team
          <select class="field" name="origin">
            ${[["", "Both teams"], [home, home], [away, away]].map(([origin, name]) =>
              html`<option value=${origin} selected=${origin === event.origin}>${name}</option>`
            )}
          </select>
        </label>
        <label class="labelled">
          Clock
          <input
            class="field"
            name="clock"
            defaultValue=${event.clock}
            pattern="\\s*\\d{1,3}([:.,\\s]?[0-5]\\d)?\\s*"
            title="Minutes and seconds, such as 45:00"
            autocomplete="off"
            required
          />
        </label>
        <label class="labelled dialog-wide">
          Text
          <textarea class="field" name="text" dir="auto" rows="3" maxlength="500">${event
            .text}</textarea>
        </label>
      </div>
      <//>
  `;
}
