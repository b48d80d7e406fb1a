import * as v from "valibot";
import { MAX_CANDIDATES_SHOWN } from "../report/candidate_list.ts";
import {
  CandidateSchema,
  REPORT_REFUSALS,
  REPORT_TYPES,
  ReportSchema,
  ReportSetupSchema,
} from "../report/report.ts";

/** The most of a listener's own reports that its pages are told of. */
export const MAX_OWN_REPORTS = 100;

/** All times here are by the clock of whoever shows them: the viewer's in messages, the page's on the page. */
const at = v.pipe(v.number(), v.finite());
const { id, title, origin, supersedes } = ReportSchema.entries.event.entries;

/** What a page reports. */
export const PageReportSchema = v.object({
  /** Made by the page; who sends it twice reports once. */
  id,
  type: v.picklist(REPORT_TYPES),
  title,
  origin,
  /** When it happened. */
  at,
  supersedes,
  /** The candidate that it agrees with or denies. */
  candidateId: v.optional(CandidateSchema.entries.candidateId),
});
export type PageReport = v.InferOutput<typeof PageReportSchema>;

/**
 * waiting: the viewer has it, and the host can't be reached. sent: it is on its way to the host. The others are
 * the host's answers.
 */
export const OWN_REPORT_STATES = ["waiting", "sent", "counted", "duplicate", "refused"] as const;

/** A report of this listener, and what became of it. */
export const OwnReportSchema = v.object({
  ...PageReportSchema.entries,
  state: v.picklist(OWN_REPORT_STATES),
  /** Why it was refused; absent when the viewer itself had no room for it. */
  code: v.optional(v.picklist(REPORT_REFUSALS)),
});
export type OwnReport = v.InferOutput<typeof OwnReportSchema>;

/** A candidate, and when that happened by the clock of whoever shows it. */
export const PageCandidateSchema = v.object({ ...CandidateSchema.entries, at });
export type PageCandidate = v.InferOutput<typeof PageCandidateSchema>;

/** What a page shows of reports; whoever may not report has none. */
export const ReportingSchema = v.object({
  setup: ReportSetupSchema,
  /** In the order in which they came. */
  candidates: v.pipe(v.array(PageCandidateSchema), v.maxLength(MAX_CANDIDATES_SHOWN)),
  /** This listener's own, oldest first. */
  reports: v.pipe(v.array(OwnReportSchema), v.maxLength(MAX_OWN_REPORTS)),
});
export type Reporting = v.InferOutput<typeof ReportingSchema>;
