import type { Millis } from "../../../shared/core/units.ts";
import type { Candidate, CandidateState } from "../../../shared/report/report.ts";
import type { Subject } from "./reportable.ts";
import {
  AddressCount,
  countVotes,
  judge,
  neededVotes,
  type Tally,
  type Vote,
} from "./voting_rule.ts";

/** Two reports of one person about one thing are one when they are no further apart. */
export const SAME_MOMENT: Millis = 10_000;

/** What was decided; a candidate without is open. */
export interface Outcome {
  readonly decided: "confirmed" | "rejected";
  /** Of the event on the timeline. */
  readonly eventId?: string;
  readonly at: Millis;
}

/** How a candidate was told of last. */
export interface Told extends Tally {
  readonly state: CandidateState;
}

/** All that a restart needs of a candidate. */
export interface StoredCandidate extends Subject {
  readonly candidateId: string;
  readonly windowMillis: Millis;
  /** Whose report was the first; absent for an event of the host. */
  readonly begunBy?: string;
  /** The group of addresses that it came from; absent when it is not limited. */
  readonly begunFrom?: string;
  readonly begunAt: Millis;
  readonly addedAt: Millis;
  readonly time: Millis;
  readonly outcome?: Outcome;
  readonly told?: Told;
  readonly votes: readonly Vote[];
}

/** Reports of one action and origin that are close in match time, and what became of them. */
export class VotedCandidate {
  readonly subject: Subject;
  readonly #stored: Omit<StoredCandidate, "addedAt" | "time" | "outcome" | "told" | "votes">;
  readonly #votes: Map<string, Vote>;
  readonly #votesPerAddress: number;
  #addedAt: Millis;
  #time: Millis;
  #outcome: Outcome | undefined;
  #tally: Tally;
  told: Told | undefined;

  constructor(stored: StoredCandidate, votesPerAddress: number) {
    const { addedAt, time, outcome, told, votes, ...fixed } = stored;
    const { title, origin, supersedes } = stored;
    this.subject = { title, origin, ...(supersedes !== undefined && { supersedes }) };
    this.#stored = fixed;
    this.#votes = new Map(votes.map((vote) => [vote.reporter, vote]));
    this.#votesPerAddress = votesPerAddress;
    [this.#addedAt, this.#time, this.#outcome, this.told] = [addedAt, time, outcome, told];
    this.#tally = countVotes(votes, votesPerAddress);
  }

  get candidateId(): string {
    return this.#stored.candidateId;
  }

  get begunBy(): string | undefined {
    return this.#stored.begunBy;
  }

  get begunFrom(): string | undefined {
    return this.#stored.begunFrom;
  }

  /** When its first report arrived. */
  get begunAt(): Millis {
    return this.#stored.begunAt;
  }

  /** When it happened: the middle of the times in its votes, fixed when the candidate is decided. */
  get time(): Millis {
    return this.#time;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  get tally(): Tally {
    return this.#tally;
  }

  get voteCount(): number {
    return this.#votes.size;
  }

  /** When it expires if nothing is added. A report that arrives at this very moment comes too late. */
  get expiresAt(): Millis {
    return this.#addedAt + this.#stored.windowMillis;
  }

  /** After it no report can belong to a decided candidate: each that is near is too old. */
  keptUntil(maxAge: Millis): Millis {
    const decidedAt = this.#outcome?.at ?? -Infinity;
    return Math.max(this.#time, decidedAt) + this.#stored.windowMillis + maxAge;
  }

  /** How far a time is from it; Infinity when it is too far to belong here. */
  distanceTo(time: Millis): Millis {
    // A correction says which event it is about, so its time need not.
    if (this.subject.supersedes !== undefined) return 0;
    const distance = Math.abs(time - this.#time);
    return distance <= this.#stored.windowMillis ? distance : Infinity;
  }

  /** Whether two times are one moment, so that the same person says the same twice. */
  isSameMoment(one: Millis, other: Millis): boolean {
    return this.subject.supersedes !== undefined || Math.abs(one - other) <= SAME_MOMENT;
  }

  voteOf(reporter: string): Vote | undefined {
    return this.#votes.get(reporter);
  }

  /** Adds a vote, or puts it in the place of the reporter's earlier one. */
  add(vote: Vote, now: Millis): void {
    this.#votes.set(vote.reporter, vote);
    this.#addedAt = now;
    this.#recount();
  }

  /** The reporter takes the vote back. */
  remove(reporter: string): void {
    this.#votes.delete(reporter);
    this.#recount();
  }

  decide(outcome: Outcome): void {
    this.#outcome = outcome;
  }

  /** The state to tell of. */
  state(reporters: number, quorum: number): CandidateState {
    if (this.#outcome) return this.#outcome.decided === "rejected" ? "retracted" : "confirmed";
    return judge(this.#tally, reporters, quorum).state;
  }

  message(state: CandidateState, reporters: number, quorum: number): Candidate {
    const eventId = state === "confirmed" ? this.#outcome?.eventId : undefined;
    return {
      type: "candidate",
      ...{ candidateId: this.candidateId, ...this.subject, time: this.#time, state },
      ...{ ...this.#tally, needed: neededVotes(reporters, quorum), reporters },
      ...(eventId !== undefined && { eventId }),
    };
  }

  toStored(): StoredCandidate {
    return {
      ...this.#stored,
      ...{ addedAt: this.#addedAt, time: this.#time },
      ...(this.#outcome && { outcome: this.#outcome }),
      ...(this.told && { told: this.told }),
      votes: [...this.#votes.values()],
    };
  }

  #recount(): void {
    this.#tally = countVotes(this.#votes.values(), this.#votesPerAddress);
    if (!this.#outcome) this.#time = this.#middle() ?? this.#time;
  }

  /** Those against say only of what they speak, so they count only while nobody agrees. */
  #middle(): Millis | undefined {
    const counted = countedVotes([...this.#votes.values()], this.#votesPerAddress);
    const agreeing = counted.filter(({ isFor }) => isFor);
    return median((agreeing.length > 0 ? agreeing : counted).map(({ time }) => time));
  }
}

/** In order of time. Many identities at one address must not move the middle either. */
function countedVotes(votes: readonly Vote[], votesPerAddress: number): readonly Vote[] {
  const sides = [new AddressCount(votesPerAddress), new AddressCount(votesPerAddress)];
  const inOrder = votes.toSorted((one, other) => one.time - other.time);
  return inOrder.filter(({ isFor, address }) => {
    const side = sides[Number(isFor)]!;
    const before = side.total;
    side.add(address);
    return side.total > before;
  });
}

/** Of sorted numbers; of an even count the point between the middle two. */
function median(sorted: readonly number[]): number | undefined {
  const above = sorted[sorted.length >> 1];
  const below = sorted[(sorted.length - 1) >> 1];
  return above === undefined || below === undefined ? undefined : (above + below) / 2;
}
