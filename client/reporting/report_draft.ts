import type { Millis } from "../../shared/core/units.ts";
import type { ReportType } from "../../shared/report/report.ts";

/** A report as people or programs make it. */
export interface ReportDraft {
  /** Made when absent; who gives it twice reports once. */
  readonly id?: string;
  /** `event` when absent. */
  readonly type?: ReportType;
  /** What happened. An undo may leave it out, as well as the team. */
  readonly title?: string;
  /** The team; "" when absent, as for what concerns both. */
  readonly origin?: string;
  /** When it happened. */
  readonly time: Millis;
  /** `undo`: the id of the report taken back. `correction`: the id of the accepted event. */
  readonly supersedes?: string;
}

export interface FilledDraft extends ReportDraft {
  readonly id: string;
  readonly title: string;
  readonly origin: string;
}

/** The title of an undo of a report that is not known here; the host looks at its id alone. */
const UNDO = "undo";

/** @param undone the report that an undo takes back, if it is known. */
export function fillDraft(
  draft: ReportDraft & { readonly id: string },
  undone: FilledDraft | undefined,
): FilledDraft {
  const same = draft.type === "undo" ? undone : undefined;
  const title = draft.title ?? same?.title ?? UNDO;
  return { ...draft, title, origin: draft.origin ?? same?.origin ?? "" };
}
