import type { Millis } from "../../../shared/core/units.ts";

/** What one person says of one thing: that it happened, or that it did not. */
export interface Vote {
  /** Who says it: one person has one vote. */
  readonly reporter: string;
  readonly reportId: string;
  /** False when the report denies. */
  readonly isFor: boolean;
  /** When it happened, by the host's clock. */
  readonly time: Millis;
  /** When the report was sent, by the host's clock. */
  readonly sentAt: Millis;
  /** The group of addresses that the report came from (`addressGroup`); absent when it is not limited. */
  readonly address?: string;
}

export interface VotingSettings {
  /** The fewest votes that confirm, whoever reports. */
  readonly quorum: number;
  /** So many votes of one public address count, and so many of its people. */
  readonly votesPerAddress: number;
}

export interface Tally {
  readonly votes: number;
  readonly against: number;
}

export type VoteState = "reported" | "provisional" | "confirmed";

export interface Standing extends Tally {
  readonly state: VoteState;
  /** Votes less votes against must reach it. */
  readonly needed: number;
}

/** Up to so many reporters more than half of them must agree. */
const SMALL_CROWD = 20;
/** Among more, at least so many: what confirms among 20. */
const FEWEST_OF_LARGE_CROWD = 11;

/**
 * How many votes confirm: more than half of those who reported lately; among more than 20 of them more than a
 * quarter, and at least 11; never fewer than the quorum. A fraction is rounded down before one is added, so
 * 50 reporters need 13.
 */
export function neededVotes(reporters: number, quorum: number): number {
  if (reporters <= SMALL_CROWD) return Math.max(quorum, Math.floor(reporters / 2) + 1);
  return Math.max(quorum, FEWEST_OF_LARGE_CROWD, Math.floor(reporters / 4) + 1);
}

/**
 * Counts the votes. Of one address at most `votesPerAddress` for and as many against count: which of them comes
 * first makes no difference.
 */
export function countVotes(votes: Iterable<Vote>, votesPerAddress: number): Tally {
  const [agreeing, against] = [
    new AddressCount(votesPerAddress),
    new AddressCount(votesPerAddress),
  ];
  for (const { isFor, address } of votes) (isFor ? agreeing : against).add(address);
  return { votes: agreeing.total, against: against.total };
}

/**
 * How the votes on one candidate stand: the whole rule.
 *
 * @param reporters how many reported in the last five minutes, counted as votes are.
 * @returns `provisional`: at least two votes, and one short of those needed.
 */
export function standingOf(
  votes: Iterable<Vote>,
  reporters: number,
  { quorum, votesPerAddress }: VotingSettings,
): Standing {
  return judge(countVotes(votes, votesPerAddress), reporters, quorum);
}

/** As {@linkcode standingOf}, for votes that are counted already. */
export function judge(tally: Tally, reporters: number, quorum: number): Standing {
  const needed = neededVotes(reporters, quorum);
  const missing = needed - (tally.votes - tally.against);
  const isProvisional = missing === 1 && tally.votes >= 2;
  const state = missing <= 0 ? "confirmed" : isProvisional ? "provisional" : "reported";
  return { ...tally, state, needed };
}

/** Counts people: of one address at most so many. */
export class AddressCount {
  readonly #ofAddress = new Map<string, number>();
  #total = 0;

  constructor(readonly perAddress: number) {}

  get total(): number {
    return this.#total;
  }

  /** How many there are of an address, counted or not. */
  of(address: string): number {
    return this.#ofAddress.get(address) ?? 0;
  }

  /** @param address absent when it is not limited. */
  add(address: string | undefined): void {
    if (address === undefined) return void this.#total++;
    const before = this.of(address);
    this.#ofAddress.set(address, before + 1);
    if (before < this.perAddress) this.#total++;
  }

  /** One that was added is gone. */
  remove(address: string | undefined): void {
    if (address === undefined) return void this.#total--;
    const left = this.of(address) - 1;
    if (left > 0) this.#ofAddress.set(address, left);
    else this.#ofAddress.delete(address);
    if (left < this.perAddress) this.#total--;
  }
}
