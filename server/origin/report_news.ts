import type { Millis } from "../../shared/core/units.ts";
import { Pace } from "../../shared/lane/pace.ts";
import type { ReportAnswer } from "../../shared/report/report.ts";
import type { ServerOutput } from "../interface/output.ts";
import type { UpMessage } from "../link/up.ts";

export type ReportUp = Extract<UpMessage, { type: "report" }>;

/** So many refusals are told; more come from somebody who tries to fill the host's log. */
const REFUSALS = { perSecond: 50, burst: 500 };

/** Tells the host of each report, and what became of it. */
export class ReportNews {
  readonly #say: (output: ServerOutput) => void;
  readonly #refusals = new Pace(REFUSALS);

  constructor(say: (output: ServerOutput) => void) {
    this.#say = say;
  }

  tell({ reporter, name, report: { event } }: ReportUp, answer: ReportAnswer, now: Millis): void {
    const { reportId, verdict, code } = answer;
    if (verdict === "refused" && !this.#refusals.take(now)) return;
    const { title, origin, time } = event;
    this.#say({
      kind: "report",
      ...{ reportId, reporter, title, origin, time, verdict },
      ...(code !== undefined && { code }),
      ...(name !== undefined && { name }),
    });
  }
}

/** The answer where nobody may report. */
export function refuseReport({ report: { event: { id } } }: ReportUp): ReportAnswer {
  return { type: "report", reportId: id, verdict: "refused", code: "not-a-reporter" };
}
