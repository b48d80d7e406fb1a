import type { ListenerOutput } from "../client/interface/output.ts";
import { BoundedMap } from "../shared/core/bounded_map.ts";
import type { Millis } from "../shared/core/units.ts";
import type { CountedAction } from "../shared/event/match_statistics.ts";
import type { PageChange } from "../shared/page/page.ts";
import {
  MAX_OWN_REPORTS,
  type OwnReport,
  type PageCandidate,
  type PageReport,
  type Reporting,
} from "../shared/page/page_reports.ts";
import { CandidateList } from "../shared/report/candidate_list.ts";
import type { ReportSetup } from "../shared/report/report.ts";

type ReportingOutput = Extract<
  ListenerOutput,
  { readonly kind: "report-setup" | "candidate" | "report" }
>;

/** What pages show of reports: what can be reported, how the votes stand, and this listener's own reports. */
export class PageReports {
  #setup: ReportSetup | undefined;
  readonly #candidates = new CandidateList<PageCandidate>();
  #own = new BoundedMap<string, OwnReport>(MAX_OWN_REPORTS);
  readonly #localTime: (hostTime: Millis) => Millis;

  /** @param localTime gives a time of the host by this machine's clock. */
  constructor(localTime: (hostTime: Millis) => Millis) {
    this.#localTime = localTime;
  }

  /** Undefined when this listener may not report. */
  state(): Reporting | undefined {
    const setup = this.#setup;
    if (!setup) return undefined;
    return { setup, candidates: this.#candidates.all, reports: this.#own.values() };
  }

  /** What may happen in the match; undefined when that is not known. */
  get actions(): readonly CountedAction[] | undefined {
    const { actions, types, both } = this.#setup ?? {};
    if (!actions || !types || !both) return undefined;
    return actions.map((title, index) => ({
      ...{ title, type: types[index] ?? 0, both: both.includes(title) },
    }));
  }

  /** There is another broadcast. */
  clear(): void {
    this.#setup = undefined;
    this.#candidates.clear();
    this.#own = new BoundedMap(MAX_OWN_REPORTS);
  }

  /**
   * A page reports. What came already changes nothing.
   *
   * @returns what pages are to be told; undefined when there is nothing to send to the host.
   */
  add(report: PageReport): PageChange | undefined {
    if (!this.#setup || this.#own.get(report.id)) return undefined;
    return this.#setOwn({ ...report, state: "waiting" });
  }

  /** There was no room for it on this machine. */
  refuse(reportId: string): PageChange[] {
    return this.#change(reportId, { state: "refused" });
  }

  /** @returns changes of the pages; undefined when they need the whole state. */
  apply(output: ReportingOutput): PageChange[] | undefined {
    switch (output.kind) {
      case "report-setup":
        this.#setup = output.setup;
        return undefined;
      case "candidate": {
        const at = this.#localTime(output.candidate.time);
        const candidate = { ...output.candidate, at };
        return this.#candidates.note(candidate) ? [{ kind: "candidate", candidate }] : [];
      }
      case "report": {
        const { reportId, state, code } = output;
        return this.#change(reportId, { state, ...(code !== undefined && { code }) });
      }
    }
  }

  /** Reports of others than the pages, as of `--report`, are not shown. */
  #change(reportId: string, change: Pick<OwnReport, "state" | "code">): PageChange[] {
    const own = this.#own.get(reportId);
    return own ? [this.#setOwn({ ...own, ...change })] : [];
  }

  #setOwn(report: OwnReport): PageChange {
    this.#own.set(report.id, report);
    return { kind: "report", report };
  }
}
