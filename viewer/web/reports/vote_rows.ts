import type { Millis } from "../../../shared/core/units.ts";
import type { OwnReport, PageCandidate } from "../../../shared/page/page_reports.ts";
import { isOpen } from "../../../shared/report/candidate_list.ts";

/** A report of this page's listener; held: the page does not reach its viewer. */
export interface ShownReport extends Omit<OwnReport, "state"> {
  readonly state: OwnReport["state"] | "held";
}

/** One thing that is voted on, or was until a moment ago. */
export interface VoteRow {
  readonly key: string;
  readonly title: string;
  readonly origin: string;
  /** When it happened, by the viewer's clock. */
  readonly at: Millis;
  /** Of a correction: the id of the event that it corrects. */
  readonly supersedes?: string | undefined;
  /** How the votes stand; undefined until the host has said it. */
  readonly candidate: PageCandidate | undefined;
  /** What this listener said of it last, if that stands. */
  readonly own: ShownReport | undefined;
}

export interface VoteFacts {
  /** In the order in which they came. */
  readonly candidates: readonly PageCandidate[];
  /** Oldest first. */
  readonly reports: readonly ShownReport[];
  /** Since when a candidate or a report is in its present state, by its id. */
  readonly since: ReadonlyMap<string, Millis>;
  readonly now: Millis;
}

/** What is decided stays so long, so that whoever looks sees how it went. */
const DECIDED_STAYS: Millis = 8000;
const REFUSED_STAYS: Millis = 20_000;
/** No action's reports are one candidate when they are further apart. */
const WIDEST_WINDOW: Millis = 130_000;

/**
 * The candidates of the host, and this listener's own reports that no candidate shows yet. The order is that of
 * coming, so that no row moves under a thumb.
 */
export function voteRows(facts: VoteFacts): VoteRow[] {
  const standing = standingReports(facts.reports);
  const candidateOf = new Map(standing.map((report) => [report, nearest(report, facts)]));
  const rows = facts.candidates.filter((one) => isShown(one, facts)).map((candidate): VoteRow => ({
    ...{ key: candidate.candidateId, title: candidate.title, origin: candidate.origin },
    ...{ at: candidate.at, supersedes: candidate.supersedes, candidate },
    own: ownOf(standing.filter((report) => candidateOf.get(report) === candidate)),
  }));
  const alone = standing.filter((report) =>
    report.type !== "denial" && !candidateOf.get(report) && isNews(report, facts)
  );
  return [
    ...rows,
    ...alone.map(({ id, title, origin, at, supersedes }, index): VoteRow => ({
      ...{ key: id, title, origin, at, supersedes, candidate: undefined, own: alone[index] },
    })),
  ];
}

/** What this listener said and has not taken back; a report that was one of the same goes back with that. */
export function standingReports(reports: readonly ShownReport[]): ShownReport[] {
  const undos = reports.filter(({ type, state }) => type === "undo" && state !== "refused");
  const isUndone = (report: ShownReport) =>
    undos.some((undo) =>
      undo.supersedes === report.id ||
      report.state === "duplicate" && isSameThing(undo, report) &&
        reports.indexOf(undo) > reports.indexOf(report)
    );
  return reports.filter((report) => report.type !== "undo" && !isUndone(report));
}

/** The last word, but for one that said the same once more. */
function ownOf(reports: readonly ShownReport[]): ShownReport | undefined {
  return reports.findLast(({ state }) => state !== "duplicate") ?? reports.at(-1);
}

function isSameThing(one: ShownReport, other: ShownReport): boolean {
  return one.title === other.title && one.origin === other.origin;
}

/** The candidate that a report is about, as the host finds it: the same thing, nearest in time. */
function nearest(report: ShownReport, { candidates }: VoteFacts): PageCandidate | undefined {
  const named = candidates.find(({ candidateId }) => candidateId === report.candidateId);
  if (named || report.candidateId !== undefined) return named;
  const distance = ({ at }: PageCandidate) => Math.abs(at - report.at);
  return candidates
    .filter((candidate) => isSameSubject(report, candidate) && distance(candidate) <= WIDEST_WINDOW)
    .sort((one, other) => distance(one) - distance(other))[0];
}

function isSameSubject(report: ShownReport, candidate: PageCandidate): boolean {
  return report.title === candidate.title && report.origin === candidate.origin &&
    report.supersedes === candidate.supersedes;
}

function isShown(candidate: PageCandidate, { since, now }: VoteFacts): boolean {
  if (isOpen(candidate)) return true;
  return now - (since.get(candidate.candidateId) ?? -Infinity) < DECIDED_STAYS;
}

function isNews({ id, state }: ShownReport, { since, now }: VoteFacts): boolean {
  if (state === "held" || state === "waiting" || state === "sent") return true;
  const stays = state === "refused" ? REFUSED_STAYS : DECIDED_STAYS;
  return now - (since.get(id) ?? -Infinity) < stays;
}
