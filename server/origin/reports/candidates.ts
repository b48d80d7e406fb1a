import type { Millis } from "../../../shared/core/units.ts";
import { MAX_AGE, type Subject, subjectKey } from "./reportable.ts";
import { type Outcome, type StoredCandidate, VotedCandidate } from "./voted_candidate.ts";
import type { Vote } from "./voting_rule.ts";

/** Open candidates at once; more than a match ever has, so that liars exhaust memory no sooner than the rate. */
export const MAX_OPEN = 2000;
/** Of them, begun by one reporter. */
export const MAX_OPEN_OF_ONE = 40;
/** Of them, begun at one public address: many identities of one person must not use up what is there for all. */
export const MAX_OPEN_OF_ADDRESS = 200;
/** Decided candidates that are kept for reports that come late; the oldest is forgotten first. */
export const MAX_DECIDED = 1000;
/** Votes in all candidates together. */
export const MAX_VOTES = 100_000;

export interface CandidatesOptions {
  readonly votesPerAddress: number;
  /** How far apart in match time reports of one event may be, by their title. */
  readonly windowOf: (title: string) => Millis;
}

export interface StoredCandidates {
  readonly serial: number;
  /** Decided ones first, each group in its order. */
  readonly candidates: readonly StoredCandidate[];
}

/** What became of a vote. */
export interface Placed {
  readonly result: "counted" | "duplicate" | "full";
  /** The candidates that have changed. */
  readonly changed: readonly VotedCandidate[];
}

const DUPLICATE: Placed = { result: "duplicate", changed: [] };
const FULL: Placed = { result: "full", changed: [] };

/** Finds the candidate that a vote belongs to, or begins one. */
export class Candidates {
  readonly #votesPerAddress: number;
  readonly #windowOf: (title: string) => Millis;
  readonly #open = new Map<string, VotedCandidate>();
  /** In the order of the decisions. */
  readonly #decided = new Map<string, VotedCandidate>();
  readonly #bySubject = new Map<string, Set<VotedCandidate>>();
  #serial: number;
  #voteCount = 0;

  constructor(
    { votesPerAddress, windowOf }: CandidatesOptions,
    { serial, candidates: stored }: StoredCandidates = { serial: 0, candidates: [] },
  ) {
    this.#votesPerAddress = votesPerAddress;
    this.#windowOf = windowOf;
    this.#serial = serial;
    for (const one of stored) this.#keep(new VotedCandidate(one, votesPerAddress));
  }

  /** In the order in which they began. */
  get open(): readonly VotedCandidate[] {
    return [...this.#open.values()];
  }

  get openCount(): number {
    return this.#open.size;
  }

  get decidedCount(): number {
    return this.#decided.size;
  }

  get voteCount(): number {
    return this.#voteCount;
  }

  find(candidateId: string): VotedCandidate | undefined {
    return this.#open.get(candidateId) ?? this.#decided.get(candidateId);
  }

  /** The candidate that has this report's vote. */
  findVote(reporter: string, reportId: string): VotedCandidate | undefined {
    const has = (one: VotedCandidate) => one.voteOf(reporter)?.reportId === reportId;
    return this.open.find(has) ?? [...this.#decided.values()].find(has);
  }

  /** The candidates that became this event. */
  confirmedAs(eventId: string): VotedCandidate[] {
    return [...this.#decided.values()].filter(({ outcome }) => outcome?.eventId === eventId);
  }

  /** The candidates of a subject that a time belongs to, nearest first; of equally near ones the earlier first. */
  near(subject: Subject, time: Millis): VotedCandidate[] {
    return [...this.#bySubject.get(subjectKey(subject)) ?? []]
      .map((candidate) => ({ candidate, distance: candidate.distanceTo(time) }))
      .filter(({ distance }) => distance < Infinity)
      .sort((one, other) =>
        one.distance - other.distance || one.candidate.time - other.candidate.time ||
        one.candidate.begunAt - other.candidate.begunAt
      )
      .map(({ candidate }) => candidate);
  }

  /** Gives a vote to its candidate. What it says a second time is a duplicate. */
  place(subject: Subject, vote: Vote, now: Millis): Placed {
    if (this.#isRepeated(subject, vote)) return DUPLICATE;
    if (this.#voteCount >= MAX_VOTES && !this.#forgetOldest()) return FULL;
    return this.#placeNew(subject, vote, now, true);
  }

  /** An event that nobody has reported yet: reports of it that come are about this one. */
  beginDecided(subject: Subject, time: Millis, outcome: Outcome): void {
    const windowMillis = this.#windowOf(subject.title);
    const candidate = this.#make(subject, { time, windowMillis, outcome, votes: [] }, outcome.at);
    this.#keep(candidate);
    this.#boundDecided();
  }

  /** Changes what was decided too: a host may confirm what it has rejected. */
  decide(candidate: VotedCandidate, outcome: Outcome): void {
    candidate.decide(outcome);
    this.#open.delete(candidate.candidateId);
    this.#decided.delete(candidate.candidateId);
    this.#decided.set(candidate.candidateId, candidate);
    this.#boundDecided();
  }

  takeBack(candidate: VotedCandidate, reporter: string): void {
    candidate.remove(reporter);
    this.#voteCount--;
  }

  /** Forgets a candidate and its votes. */
  drop(candidate: VotedCandidate): void {
    if (!this.find(candidate.candidateId)) return;
    this.#open.delete(candidate.candidateId);
    this.#decided.delete(candidate.candidateId);
    this.#voteCount -= candidate.voteCount;
    const key = subjectKey(candidate.subject);
    const same = this.#bySubject.get(key);
    same?.delete(candidate);
    if (same?.size === 0) this.#bySubject.delete(key);
  }

  /** Forgets the decided candidates that no report can belong to any more. */
  prune(now: Millis): void {
    for (const candidate of this.#decided.values()) {
      if (candidate.keptUntil(MAX_AGE) >= now) return;
      this.drop(candidate);
    }
  }

  toStored(): StoredCandidates {
    const all = [...this.#decided.values(), ...this.#open.values()];
    return { serial: this.#serial, candidates: all.map((one) => one.toStored()) };
  }

  #isRepeated(subject: Subject, { reporter, isFor, time }: Vote): boolean {
    const same = this.#bySubject.get(subjectKey(subject)) ?? [];
    return [...same].some((candidate) => {
      const mine = candidate.voteOf(reporter);
      return mine?.isFor === isFor && candidate.isSameMoment(mine.time, time);
    });
  }

  #placeNew(subject: Subject, vote: Vote, now: Millis, mayDisplace: boolean): Placed {
    for (const candidate of this.near(subject, vote.time)) {
      const mine = candidate.voteOf(vote.reporter);
      if (!mine) return this.#add(candidate, vote, now);
      if (isOtherMind(candidate, mine, vote)) {
        return vote.sentAt >= mine.sentAt ? this.#add(candidate, vote, now) : DUPLICATE;
      }
      if (mayDisplace && isNearer(candidate, vote, mine) && this.#hasRoom(vote)) {
        return this.#displace(candidate, { subject, vote, mine }, now);
      }
    }
    if (!this.#hasRoom(vote)) return FULL;
    return { result: "counted", changed: [this.#begin(subject, vote, now)] };
  }

  /** The reporter's reports came in another order: the earlier vote here belongs to another candidate. */
  #displace(
    candidate: VotedCandidate,
    { subject, vote, mine }: { subject: Subject; vote: Vote; mine: Vote },
    now: Millis,
  ): Placed {
    candidate.add(vote, now);
    const { changed } = this.#placeNew(subject, mine, now, false);
    return { result: "counted", changed: [candidate, ...changed] };
  }

  #add(candidate: VotedCandidate, vote: Vote, now: Millis): Placed {
    const before = candidate.voteCount;
    candidate.add(vote, now);
    this.#voteCount += candidate.voteCount - before;
    return { result: "counted", changed: [candidate] };
  }

  #begin(subject: Subject, vote: Vote, now: Millis): VotedCandidate {
    const { reporter, address, time } = vote;
    const candidate = this.#make(subject, {
      ...{ begunBy: reporter, time, votes: [vote] },
      ...(address !== undefined && { begunFrom: address }),
      windowMillis: this.#windowOf(subject.title),
    }, now);
    this.#keep(candidate);
    return candidate;
  }

  #make(
    subject: Subject,
    rest: Omit<StoredCandidate, keyof Subject | "candidateId" | "begunAt" | "addedAt" | "told">,
    now: Millis,
  ): VotedCandidate {
    this.#serial++;
    const candidateId = `${Math.floor(now).toString(36)}-${this.#serial.toString(36)}`;
    const stored = { ...subject, ...rest, candidateId, begunAt: now, addedAt: now };
    return new VotedCandidate(stored, this.#votesPerAddress);
  }

  #keep(candidate: VotedCandidate): void {
    (candidate.outcome ? this.#decided : this.#open).set(candidate.candidateId, candidate);
    this.#voteCount += candidate.voteCount;
    const key = subjectKey(candidate.subject);
    const same = this.#bySubject.get(key);
    if (same) same.add(candidate);
    else this.#bySubject.set(key, new Set([candidate]));
  }

  #hasRoom({ reporter, address }: Vote): boolean {
    if (this.#open.size >= MAX_OPEN) return false;
    const { open } = this;
    if (open.filter(({ begunBy }) => begunBy === reporter).length >= MAX_OPEN_OF_ONE) return false;
    if (address === undefined) return true;
    return open.filter(({ begunFrom }) => begunFrom === address).length < MAX_OPEN_OF_ADDRESS;
  }

  #boundDecided(): void {
    if (this.#decided.size > MAX_DECIDED) this.#forgetOldest();
  }

  #forgetOldest(): boolean {
    const [oldest] = this.#decided.values();
    if (oldest) this.drop(oldest);
    return oldest !== undefined;
  }
}

/** The same person speaks against what the same person has reported, or the other way round. */
function isOtherMind(candidate: VotedCandidate, mine: Vote, vote: Vote): boolean {
  if (mine.isFor === vote.isFor) return false;
  return !vote.isFor || candidate.isSameMoment(mine.time, vote.time);
}

function isNearer(candidate: VotedCandidate, vote: Vote, mine: Vote): boolean {
  return candidate.distanceTo(vote.time) < candidate.distanceTo(mine.time);
}
