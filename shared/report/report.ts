/**
 * shared/report: what a listener who may report and the host say to each other.
 *
 * The host tells first who and what can be reported ({@linkcode ReportSetup}); a reporter sends a {@linkcode Report};
 * the host answers each ({@linkcode ReportAnswer}) and tells all reporters how the votes stand
 * ({@linkcode Candidate}). This file has the forms and checks them; bytes in, values or the name of what is wrong
 * out. How votes decide is the host's: server/origin/reports.
 */
import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";

/** An event's title and origin hold 80 characters at most, as on the timeline. */
const MAX_NAME = 80;
/** Of a report's id, which its reporter makes. */
const MAX_ID = 64;
/** Many buttons fit on no page. */
const MAX_ACTIONS = 60;
const MAX_TOKEN = 4096;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME));
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ID));
/** Milliseconds since the Unix epoch. */
const time = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What may be reported: the first message to whoever may report. */
export const ReportSetupSchema = v.object({
  type: v.literal("setup"),
  /** The two teams. An action that concerns both has the origin "". */
  origins: v.pipe(v.array(name), v.maxLength(2)),
  /** Titles. */
  actions: v.pipe(v.array(name), v.maxLength(MAX_ACTIONS)),
  /** Their numbers on the wire, in the same order, for icons and keys. */
  types: v.optional(v.pipe(v.array(count), v.maxLength(MAX_ACTIONS))),
  /** The titles of those that concern both teams. */
  both: v.optional(v.pipe(v.array(name), v.maxLength(MAX_ACTIONS))),
});
export type ReportSetup = v.InferOutput<typeof ReportSetupSchema>;

/** What a report says of the match: that something happened, that it did not, or that the reporter was wrong. */
export const REPORT_TYPES = ["event", "denial", "undo", "correction"] as const;
export type ReportType = typeof REPORT_TYPES[number];

/** A report, as it travels. */
export const ReportSchema = v.object({
  type: v.literal("event"),
  /** When it was sent, by the host's clock. */
  time,
  /** The reporter's token, where the way to the host is in clear. */
  token: v.optional(v.pipe(v.string(), v.maxLength(MAX_TOKEN))),
  event: v.object({
    /** The report's id: whoever sends it twice sends one report. */
    id,
    /** `event` when absent. */
    type: v.optional(v.picklist(REPORT_TYPES)),
    title: name,
    origin: v.pipe(v.string(), v.maxLength(MAX_NAME)),
    /** When it happened, by the host's clock; of a denial, the time of what did not happen. */
    time,
    /** `undo`: the id of the report taken back. `correction`: the id of the accepted event. */
    supersedes: v.optional(id),
  }),
});
export type Report = v.InferOutput<typeof ReportSchema>;

/** Why a report is refused. */
export const REPORT_REFUSALS = [
  "unknown-action",
  "unknown-origin",
  "too-fast",
  "not-a-reporter",
  "too-old",
  "over",
] as const;
export type ReportRefusal = typeof REPORT_REFUSALS[number];

/** What became of a report. */
export const ReportAnswerSchema = v.object({
  type: v.literal("report"),
  reportId: id,
  verdict: v.picklist(["counted", "duplicate", "refused"]),
  code: v.optional(v.picklist(REPORT_REFUSALS)),
});
export type ReportAnswer = v.InferOutput<typeof ReportAnswerSchema>;

export const CANDIDATE_STATES = [
  "reported",
  "provisional",
  "confirmed",
  "expired",
  "retracted",
] as const;
export type CandidateState = typeof CANDIDATE_STATES[number];

/** Reports of one action and origin, close in match time, and how the votes stand. */
export const CandidateSchema = v.object({
  type: v.literal("candidate"),
  candidateId: id,
  title: name,
  origin: v.pipe(v.string(), v.maxLength(MAX_NAME)),
  /** When it happened: the median of its votes, by the host's clock. */
  time,
  /** Of a correction: the id of the accepted event. Who agrees sends a correction, too. */
  supersedes: v.optional(id),
  /** `reported` first; `provisional`: at least two votes and one short. */
  state: v.picklist(CANDIDATE_STATES),
  votes: count,
  against: count,
  /** Votes less votes against must reach it; it grows with the number of reporters. */
  needed: v.optional(count),
  /** Who reported in the last five minutes. */
  reporters: count,
  /** Of the event on the timeline, once it is confirmed. */
  eventId: v.optional(id),
});
export type Candidate = v.InferOutput<typeof CandidateSchema>;

/** Of an accepted event; the timeline has it as `event.agreement`. */
export type { Agreement } from "../event/event.ts";

const MessageSchema = v.variant("type", [
  ReportSetupSchema,
  ReportAnswerSchema,
  CandidateSchema,
]);

const TypeSchema = v.object({ type: v.string() });
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** What the host tells a reporter. */
export type ToReporter = v.InferOutput<typeof MessageSchema>;

/** A message of a listener, as the lane brings it. @returns undefined for one of a later version. */
export function parseReporterMessage(bytes: Uint8Array): Parsed<Report | undefined> {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    const { type } = v.parse(TypeSchema, value);
    return type === "event" ? parseReport(value) : parsed(undefined);
  } catch {
    return junk("malformedMessage");
  }
}

export function serializeReport(report: Report): Uint8Array {
  return encoder.encode(JSON.stringify(report));
}

/** @returns `malformedMessage` for what is no report. */
export function parseReport(value: unknown): Parsed<Report> {
  const result = v.safeParse(ReportSchema, value);
  return result.success ? parsed(result.output) : junk("malformedMessage");
}

/** @returns `malformedMessage` for what is no message to a reporter. */
export function parseToReporter(value: unknown): Parsed<ToReporter> {
  const result = v.safeParse(MessageSchema, value);
  return result.success ? parsed(result.output) : junk("malformedMessage");
}
