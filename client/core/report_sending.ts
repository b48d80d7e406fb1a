import type { Millis } from "../../shared/core/units.ts";
import { serializeReport } from "../../shared/report/report.ts";
import type { Joining } from "../joining/joining.ts";
import type { SharedLatency } from "../receiving/clock/shared_latency.ts";
import type { Reporting, ReportingOutput } from "../reporting/reporting.ts";
import type { AdmittedSession } from "./admitted_session.ts";

export interface ReportSendingDeps {
  readonly reporting: Reporting;
  /** The session; undefined before the first ACCEPT. */
  readonly admitted: () => AdmittedSession | undefined;
  readonly joining: Joining;
  readonly latency: SharedLatency;
}

/** Gives reports to the lane of the session, while there is one and the host's clock is known. */
export class ReportSending {
  readonly #deps: ReportSendingDeps;

  constructor(deps: ReportSendingDeps) {
    this.#deps = deps;
  }

  get deadline(): Millis {
    const { reporting, latency } = this.#deps;
    const canSend = this.#session !== undefined && latency.offsetAt(0) !== undefined;
    return canSend ? reporting.deadline : Infinity;
  }

  /** Sends what is due; the datagrams are then the session's to give out. @returns what is told of it. */
  send(now: Millis): ReportingOutput[] {
    const { reporting, joining, latency } = this.#deps;
    const session = this.#session;
    if (!session || !reporting.isWaiting) return [];
    const offset = latency.offsetAt(now);
    if (offset === undefined) session.reports.askForClock(now);
    return reporting.poll({
      hostTime: (at) => offset === undefined ? undefined : at - offset,
      token: session.secrecy ? undefined : joining.token,
      send: (report) => session.tell(serializeReport(report), now),
    }, now);
  }

  /** Undefined while the host is asked to let this listener in again: what it got now would be lost. */
  get #session(): AdmittedSession | undefined {
    const { admitted, joining } = this.#deps;
    return joining.isAsking ? undefined : admitted();
  }
}
