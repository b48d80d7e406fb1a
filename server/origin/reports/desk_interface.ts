import type { Millis } from "../../../shared/core/units.ts";
import type { Agreement, Candidate, Report, ReportAnswer } from "../../../shared/report/report.ts";
import type { ReportableAction, Subject } from "./reportable.ts";
import type { VotingSettings } from "./voting_rule.ts";

export interface DeskOptions extends VotingSettings {
  /** The teams. */
  readonly origins: readonly string[];
  readonly actions: readonly ReportableAction[];
}

export interface IncomingReport {
  /** Who sends it: the same for all reports of one person, whatever the session; 128 characters at most. */
  readonly reporter: string;
  readonly mayReport: boolean;
  /** Where it comes from, without the port. */
  readonly address: string;
  readonly report: Report;
}

/** An event of the host or of another source. */
export interface HostEvent extends Subject {
  readonly eventId: string;
  /** When it happened, by the host's clock. */
  readonly time: Millis;
}

/** An event for the timeline, which adds clock, period, score and text. */
export interface ConfirmedEvent extends HostEvent {
  /** Its number on the wire. */
  readonly type: number;
  readonly candidateId: string;
  readonly agreement: Agreement;
}

export type DeskOutput =
  | {
    readonly kind: "answer";
    readonly reporter: string;
    readonly report: Report;
    readonly answer: ReportAnswer;
    /** It came before, and this is the same answer. */
    readonly isRepeated: boolean;
  }
  | { readonly kind: "candidate"; readonly candidate: Candidate }
  | { readonly kind: "confirmed"; readonly event: ConfirmedEvent };
