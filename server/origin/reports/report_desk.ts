/*
 * What people in the stands report, and what enough of them agree on, without I/O. docs/voting.md has the
 * reasoning.
 *
 * In: reports with who sent them, from where and when they arrived (`receive`), the host's word (`confirm`,
 * `reject`, `hostReports`, `hostWithdraws`), the entries of the timeline (`onAccepted`), the end, and the time.
 * Out: an answer to each report, each change of a candidate (the first is always `reported`), and events for the
 * timeline, each once. All are returned by the call that leads to them; nothing waits here. The same inputs at the
 * same times give the same outputs, however often `advance` is called between them.
 *
 * `reportable.ts` has the set-up; `voting_rule.ts` is the rule; `candidates.ts` finds the candidate of a vote,
 * `voted_candidate.ts` is one; `reporters.ts` knows who reported lately and how fast; `address_group.ts` says whose
 * votes count together; `accepted_events.ts` knows what can be corrected, `answers.ts` what was answered;
 * `desk_snapshot.ts` is what outlives the process, `desk_journal.ts` what has come since; `desk_interface.ts` has the
 * forms of inputs and outputs. Read `voting_rule.ts` next.
 */

import type { Millis } from "../../../shared/core/units.ts";
import type {
  Candidate,
  CandidateState,
  Report,
  ReportAnswer,
  ReportRefusal,
  ReportSetup,
} from "../../../shared/report/report.ts";
import { AcceptedEvents } from "./accepted_events.ts";
import { addressGroup } from "./address_group.ts";
import { Answers } from "./answers.ts";
import { Candidates, type StoredCandidates } from "./candidates.ts";
import type {
  ConfirmedEvent,
  DeskOptions,
  DeskOutput,
  HostEvent,
  IncomingReport,
} from "./desk_interface.ts";
import type { DeskSnapshot } from "./desk_snapshot.ts";
import { isTooOld, Reportable, type Subject, subjectOf } from "./reportable.ts";
import { Reporters } from "./reporters.ts";
import { SAME_MOMENT, type VotedCandidate } from "./voted_candidate.ts";
import { neededVotes, type Vote } from "./voting_rule.ts";

type Verdict =
  | { readonly verdict: "counted"; readonly changed: readonly VotedCandidate[] }
  | { readonly verdict: "duplicate" }
  | { readonly verdict: "refused"; readonly code: ReportRefusal };

const UNCHANGED: Verdict = { verdict: "counted", changed: [] };

export class ReportDesk {
  readonly #options: DeskOptions;
  readonly #reportable: Reportable;
  readonly #candidates: Candidates;
  readonly #reporters: Reporters;
  readonly #accepted: AcceptedEvents;
  readonly #answers: Answers;
  #isOver: boolean;
  #deadline: Millis = Infinity;
  /** Votes needed when all candidates were looked at last; undefined when they have not been. */
  #reviewedFor: number | undefined;

  constructor(options: DeskOptions, snapshot?: DeskSnapshot) {
    const { origins, actions, votesPerAddress } = options;
    this.#options = options;
    this.#reportable = new Reportable(origins, actions);
    const windowOf = (title: string) => this.#reportable.windowOf(title);
    this.#candidates = new Candidates({ votesPerAddress, windowOf }, this.#usable(snapshot));
    this.#reporters = new Reporters(votesPerAddress, snapshot?.reporters);
    this.#accepted = new AcceptedEvents(snapshot?.accepted);
    this.#isOver = snapshot?.isOver ?? false;
    this.#answers = new Answers(snapshot?.answered);
    this.#plan();
  }

  /** The first message to whoever may report. */
  get setup(): ReportSetup {
    return this.#reportable.setup;
  }

  /** When to call {@linkcode advance}; Infinity when nothing waits. */
  get deadline(): Millis {
    return this.#deadline;
  }

  /** The open candidates, as a page that comes now needs them. */
  get open(): readonly Candidate[] {
    return this.#candidates.open.flatMap((candidate) => {
      const { told } = candidate;
      return told ? [this.#message(candidate, told.state)] : [];
    });
  }

  receive(incoming: IncomingReport, now: Millis): DeskOutput[] {
    const outputs = this.#catchUp(now);
    const { reporter, mayReport, report } = incoming;
    const isRepeated = mayReport && this.#answers.get(reporter, report.event.id) !== undefined;
    const verdict = this.#answer(incoming, now);
    const answer: ReportAnswer = {
      ...{ type: "report", reportId: report.event.id, verdict: verdict.verdict },
      ...(verdict.verdict === "refused" && { code: verdict.code }),
    };
    outputs.push({ kind: "answer", reporter, report, answer, isRepeated });
    if (verdict.verdict === "counted") outputs.push(...this.#review(verdict.changed, now));
    return this.#done(outputs);
  }

  /** The host says that a candidate happened. Without effect when it is forgotten or confirmed already. */
  confirm(candidateId: string, now: Millis): DeskOutput[] {
    const outputs = this.#catchUp(now);
    const candidate = this.#candidates.find(candidateId);
    if (candidate && candidate.outcome?.decided !== "confirmed") {
      outputs.push(...this.#confirm(candidate, now));
    }
    return this.#done(outputs);
  }

  /** The host says that a candidate did not happen; reports of it that come late change nothing then. */
  reject(candidateId: string, now: Millis): DeskOutput[] {
    const outputs = this.#catchUp(now);
    const candidate = this.#candidates.find(candidateId);
    if (candidate && !candidate.outcome) outputs.push(...this.#reject(candidate, now));
    return this.#done(outputs);
  }

  /**
   * The accepted event that the host would say a second time: of the same action and origin, 10 s apart at most.
   * Ask before {@linkcode hostReports}.
   */
  acceptedNear({ title, origin }: Subject, time: Millis): string | undefined {
    return this.#candidates.near({ title, origin }, time)
      .find((one) =>
        one.outcome?.decided === "confirmed" && Math.abs(one.time - time) <= SAME_MOMENT
      )
      ?.outcome?.eventId;
  }

  /** The host has pressed it: what is reported of it is about this event, and no second one is made. */
  hostReports(event: HostEvent, now: Millis): DeskOutput[] {
    return this.onAccepted(event, now);
  }

  /** The host took back what was pressed, before it came to the timeline. */
  hostWithdraws(eventId: string, now: Millis): DeskOutput[] {
    const outputs = this.#catchUp(now);
    this.#accepted.remove(eventId);
    for (const candidate of this.#candidates.confirmedAs(eventId)) {
      if (candidate.voteCount > 0) outputs.push(...this.#reject(candidate, now));
      else this.#candidates.drop(candidate);
    }
    return this.#done(outputs);
  }

  /** The timeline has accepted an event, of whatever source; those of this desk are known already. */
  onAccepted(event: HostEvent, now: Millis): DeskOutput[] {
    const outputs = this.#catchUp(now);
    if (!this.#accepted.has(event.eventId)) {
      this.#accept(event);
      if (event.supersedes !== undefined) outputs.push(...this.#settle(event, event, now));
      const { title, origin } = event;
      outputs.push(...this.#settle({ title, origin }, event, now));
    }
    return this.#done(outputs);
  }

  /** The broadcast is over: what is open expires, and reports are refused. */
  end(now: Millis): DeskOutput[] {
    const outputs = this.#catchUp(now);
    this.#isOver = true;
    for (const candidate of this.#candidates.open) outputs.push(...this.#expire(candidate));
    return this.#done(outputs);
  }

  advance(now: Millis): DeskOutput[] {
    return this.#done(this.#catchUp(now));
  }

  /** All that is needed to go on after a restart, as plain values. */
  snapshot(): DeskSnapshot {
    return {
      version: 1,
      isOver: this.#isOver,
      ...this.#candidates.toStored(),
      reporters: this.#reporters.toStored(),
      accepted: this.#accepted.toStored(),
      answered: this.#answers.toStored(),
    };
  }

  /** Without candidates of another set-up: teams and actions may differ after a restart. */
  #usable(snapshot: DeskSnapshot | undefined): StoredCandidates | undefined {
    const isUsable = (subject: Subject) => this.#reportable.refusal(subject) === undefined;
    return snapshot && { ...snapshot, candidates: snapshot.candidates.filter(isUsable) };
  }

  #answer(incoming: IncomingReport, now: Millis): Verdict {
    const { reporter, mayReport, report: { event } } = incoming;
    if (!mayReport) return refused("not-a-reporter");
    const known = this.#answers.get(reporter, event.id);
    if (known) return known === "counted" ? UNCHANGED : { verdict: known };
    if (this.#isOver) return refused("over");
    if (!this.#reporters.takePace(reporter, now)) return refused("too-fast");
    const verdict = event.type === "undo" ? this.#undo(incoming) : this.#vote(incoming, now);
    if (verdict.verdict !== "refused") this.#answers.set(reporter, event.id, verdict.verdict);
    return verdict;
  }

  #vote({ reporter, address, report }: IncomingReport, now: Millis): Verdict {
    const { event, time: sentAt } = report;
    const code = this.#refusal(event, now);
    if (code) return refused(code);
    const group = addressGroup(address);
    if (!this.#reporters.hasRoom(reporter, group)) return refused("too-fast");
    const vote: Vote = {
      ...{ reporter, reportId: event.id, isFor: event.type !== "denial", time: event.time, sentAt },
      ...(group !== undefined && { address: group }),
    };
    const { result, changed } = this.#candidates.place(subjectOf(event), vote, now);
    if (result === "full") return refused("too-fast");
    this.#reporters.note(reporter, group, now);
    return result === "counted" ? { verdict: result, changed } : { verdict: result };
  }

  #refusal(event: Report["event"], now: Millis): ReportRefusal | undefined {
    const code = this.#reportable.refusal(event);
    if (code) return code;
    const { supersedes } = subjectOf(event);
    const isLost = supersedes === undefined
      ? event.type === "correction"
      : !this.#accepted.has(supersedes);
    return isLost || isTooOld(event.time, now) ? "too-old" : undefined;
  }

  /** A report that is taken back before it has come is not counted when it comes. */
  #undo({ reporter, report: { event: { supersedes } } }: IncomingReport): Verdict {
    if (supersedes === undefined) return refused("too-old");
    const candidate = this.#candidates.findVote(reporter, supersedes);
    if (candidate?.outcome?.decided === "confirmed") return refused("too-old");
    if (candidate && !candidate.outcome) {
      this.#candidates.takeBack(candidate, reporter);
      return { verdict: "counted", changed: [candidate] };
    }
    if (!this.#answers.get(reporter, supersedes)) {
      this.#answers.set(reporter, supersedes, "duplicate");
    }
    return UNCHANGED;
  }

  /** Does all that was due until now, each at its time, so that it makes no difference when it is asked for. */
  #catchUp(now: Millis): DeskOutput[] {
    const outputs: DeskOutput[] = [];
    while (this.#deadline <= now) {
      const due = this.#deadline;
      const expired = this.#candidates.open.filter(({ expiresAt }) => expiresAt <= due);
      for (const candidate of expired) outputs.push(...this.#expire(candidate));
      this.#reporters.forget(due);
      outputs.push(...this.#review([], due));
      this.#plan();
    }
    this.#reporters.forget(now);
    this.#candidates.prune(now);
    return outputs;
  }

  /** Tells how the votes stand, and confirms what enough agree on. */
  #review(changed: readonly VotedCandidate[], now: Millis): DeskOutput[] {
    const outputs: DeskOutput[] = [];
    // A confirmed correction may decide an open candidate that comes later in this list.
    for (const candidate of this.#affected(changed)) {
      if (candidate.outcome) outputs.push(...this.#tell(candidate, this.#stateOf(candidate)));
      else if (isTakenBack(candidate)) outputs.push(...this.#retract(candidate));
      else if (this.#stateOf(candidate) === "confirmed") {
        outputs.push(...this.#confirm(candidate, now));
      } else outputs.push(...this.#tell(candidate, this.#stateOf(candidate)));
    }
    return outputs;
  }

  /** All that are open only when others are needed to confirm: liars may open thousands. */
  #affected(changed: readonly VotedCandidate[]): Iterable<VotedCandidate> {
    const needed = neededVotes(this.#reporters.count, this.#options.quorum);
    if (needed === this.#reviewedFor) return changed;
    this.#reviewedFor = needed;
    return new Set([...changed, ...this.#candidates.open]);
  }

  #stateOf(candidate: VotedCandidate): CandidateState {
    return candidate.state(this.#reporters.count, this.#options.quorum);
  }

  #confirm(candidate: VotedCandidate, now: Millis): DeskOutput[] {
    const event = this.#eventOf(candidate, now);
    this.#candidates.decide(candidate, { decided: "confirmed", eventId: event.eventId, at: now });
    this.#accept(event);
    const told = this.#tell(candidate, "confirmed");
    const { title, origin } = event;
    const settled = event.supersedes === undefined
      ? []
      : this.#settle({ title, origin }, event, now);
    return [...told, { kind: "confirmed", event }, ...settled];
  }

  #eventOf(candidate: VotedCandidate, now: Millis): ConfirmedEvent {
    const { candidateId, subject: { title, origin, supersedes }, time, tally, begunAt } = candidate;
    const agreement = { ...tally, reporters: this.#reporters.count };
    return {
      ...{ eventId: `report-${candidateId}`, candidateId, title, origin, time: Math.floor(time) },
      type: this.#reportable.actionOf(title)?.type ?? 0,
      ...(supersedes !== undefined && { supersedes: this.#accepted.latest(supersedes) }),
      agreement: { ...agreement, confirmedAfterMillis: now - begunAt },
    };
  }

  #accept({ eventId, supersedes }: HostEvent): void {
    this.#accepted.add({ eventId, ...(supersedes !== undefined && { supersedes }) });
  }

  /** An event is on the timeline: reports of it, those that come too, are about it and make no second one. */
  #settle(subject: Subject, { eventId, time }: HostEvent, now: Millis): DeskOutput[] {
    if (this.#reportable.refusal(subject)) return [];
    const near = this.#candidates.near(subject, time);
    const outcome = { decided: "confirmed", eventId, at: now } as const;
    const open = near.find((candidate) => !candidate.outcome);
    if (open) {
      this.#candidates.decide(open, outcome);
      return this.#tell(open, "confirmed");
    }
    const isKnown = near.some((one) =>
      one.outcome?.decided === "confirmed" && one.isSameMoment(one.time, time)
    );
    if (!isKnown) this.#candidates.beginDecided(subject, time, outcome);
    return [];
  }

  #reject(candidate: VotedCandidate, now: Millis): DeskOutput[] {
    this.#candidates.decide(candidate, { decided: "rejected", at: now });
    return this.#tell(candidate, "retracted");
  }

  #retract(candidate: VotedCandidate): DeskOutput[] {
    this.#candidates.drop(candidate);
    return this.#tell(candidate, "retracted");
  }

  #expire(candidate: VotedCandidate): DeskOutput[] {
    this.#candidates.drop(candidate);
    return this.#tell(candidate, "expired");
  }

  /** A line for each change; the first is always `reported`. Nothing of what nobody has reported. */
  #tell(candidate: VotedCandidate, state: CandidateState): DeskOutput[] {
    const { told, tally } = candidate;
    const isSame = told?.state === state && told.votes === tally.votes &&
      told.against === tally.against;
    if (isSame || (!told && tally.votes === 0)) return [];
    candidate.told = { state, ...tally };
    const states = told || state === "reported" ? [state] : ["reported" as const, state];
    return states.map((one) => ({ kind: "candidate", candidate: this.#message(candidate, one) }));
  }

  #message(candidate: VotedCandidate, state: CandidateState): Candidate {
    return candidate.message(state, this.#reporters.count, this.#options.quorum);
  }

  #done(outputs: DeskOutput[]): DeskOutput[] {
    this.#plan();
    return outputs;
  }

  #plan(): void {
    const { open } = this.#candidates;
    const expiry = open.reduce((first, { expiresAt }) => Math.min(first, expiresAt), Infinity);
    this.#deadline = open.length === 0 ? Infinity : Math.min(expiry, this.#reporters.deadline);
  }
}

function refused(code: ReportRefusal): Verdict {
  return { verdict: "refused", code };
}

/** Nobody says any more that it happened; a denial that came before all reports waits for them. */
function isTakenBack({ tally, told, voteCount }: VotedCandidate): boolean {
  return tally.votes === 0 && (told !== undefined || voteCount === 0);
}
