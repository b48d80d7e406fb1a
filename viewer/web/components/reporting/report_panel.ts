/**
 * viewer/web/components/reporting: what whoever may report sees and presses.
 *
 * In: the signals of ../../reports/report_model.ts. Out: presses to the same. This file is the first part of the
 * reporters' page: what others report, with one tap to agree (vote_list.ts), a button for each thing that can happen,
 * and the way back. Nothing here moves when votes come and go, so that no thumb meets another button than it
 * aimed at. correct_dialog.ts asks what an accepted event really was; the accepted events are the timeline's panel.
 * The next file to read is vote_list.ts.
 */
import { html } from "htm/preact";
import { CONTROL_KEYS } from "../../../../shared/studio/shortcuts.ts";
import type { PageModel } from "../../model/model.ts";
import type { ReportModel } from "../../reports/report_model.ts";
import { subjectWords } from "../../reports/report_words.ts";
import { EventButtons } from "../common/event_buttons.ts";
import { Icon } from "../common/icons.ts";
import { VoteList } from "./vote_list.ts";

interface Props {
  readonly model: PageModel;
  readonly reports: ReportModel;
}

/** What this listener reports; null for whoever may not. */
export function ReportPanel({ model, reports }: Props) {
  const match = reports.match.value;
  if (!match) return null;
  return html`
    <section class="panel report-panel" aria-labelledby="report-title">
      <header class="panel-head">
        <h2 id="report-title">Report what you see</h2>
        <${Note} model=${model} reports=${reports} />
      </header>
      <${UndoBar} reports=${reports} />
      <div class="report-body">
        <${VoteList} reports=${reports} home=${match.home} away=${match.away} />
        <${EventButtons}
          testId="report-buttons"
          language=${reports.language.value}
          actions=${match.actions}
          home=${match.home}
          away=${match.away}
          isIdle=${reports.isOver.value}
          onPress=${(title: string, origin: string) => reports.press(title, origin)}
        />
      </div>
    </section>
  `;
}

/** Whether what is pressed goes out now. */
function Note({ model, reports }: Props) {
  if (reports.isOver.value) {
    return html`<span class="panel-note">${
      model.end.value?.title ?? "The broadcast is over"
    }</span>`;
  }
  return model.isInTouch.value ? html`<span class="panel-note">One press, one vote</span>` : html`
    <span class="panel-note" data-tone="bad">Offline: presses wait, and keep their time</span>
  `;
}

/** Always at its place, which in a small window is the lower edge, so that it is found in a hurry. */
function UndoBar({ reports }: Pick<Props, "reports">) {
  const undoable = reports.undoable.value;
  const seconds = undoable && Math.max(1, Math.ceil((undoable.until - reports.now.value) / 1000));
  return html`
    <div class="undo-bar">
      <p class="undo-notice">${reports.notice.value}</p>
      <button
        class="quiet-button outlined undo"
        type="button"
        data-testid="undo"
        data-waiting=${undoable ? 1 : 0}
        aria-disabled=${undoable === null}
        aria-keyshortcuts=${CONTROL_KEYS.undo.toUpperCase()}
        onClick=${() => reports.undo()}
      >
        <${Icon} name="undo" />
        <span class="undo-what">
          Undo${" "}${undoable && html`<bdi>${subjectWords(undoable.report)}</bdi>`}
        </span>
        ${seconds !== null && html`<span aria-hidden="true">${seconds} s</span>`}
        <kbd aria-hidden="true">${CONTROL_KEYS.undo.toUpperCase()}</kbd>
      </button>
    </div>
  `;
}
