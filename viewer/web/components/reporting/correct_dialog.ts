import { html } from "htm/preact";
import type { ReportModel } from "../../reports/report_model.ts";
import { Dialog } from "../common/dialog.ts";

/** Asks what an accepted event really was; others then vote on it. */
export function CorrectDialog({ reports }: { readonly reports: ReportModel }) {
  const entry = reports.correcting.value;
  const match = reports.match.value;
  if (!entry || !match) return null;
  const { title, origin, clock } = entry.event;
  const onSubmit = (values: FormData) =>
    reports.correct(entry, String(values.get("title")), String(values.get("origin")));
  return html`
    <${Dialog}
      title="What was it really?"
      verb="Report it"
      testId="correct-confirm"
      onClose=${() => reports.correcting.value = null}
      onSubmit=${onSubmit}
    >
      <p class="dialog-event">${clock} <bdi>${title}</bdi> <bdi>${origin}</bdi></p>
      <p>It is changed once enough others say the same.</p>
      <div class="dialog-fields" lang=${reports.language.value}>
        <label class="labelled">
          What
          <select class="field" name="title">
            ${match.actions.map((action) =>
              html`
                <option value=${action.title} selected=${action.title === title}>
                  ${action.title}
                </option>
              `
            )}
          </select>
        </label>
        <label class="labelled">
          Team
          <select class="field" name="origin">
            ${[match.home, match.away].map((team) =>
              html`<option value=${team} selected=${team === origin}>${team}</option>`
            )}
          </select>
        </label>
      </div>
      <//>
  `;
}
