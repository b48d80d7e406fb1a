import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { RoundTrip } from "../../../shared/rtcp/round_trip.ts";

export interface CatchUpOptions {
  /** The first packet that is sent to this listener as an original. */
  readonly next: ExtendedSequence;
  /** The first packet of the stream. */
  readonly oldest: ExtendedSequence;
  readonly roundTrip: RoundTrip;
}

/** As many packets from before a join are taken: more than the edge keeps of any such stream. */
export const MAX_PAST_PACKETS = 16_384;
/** The past comes in order, so that a gap is requested soon; the network may reorder it a little. */
const REORDER_WAIT: Millis = 10;
/** The packets after the newest are requested when no more come: the host sends the past over some time. */
const QUIET = { shortest: 60, longest: 500 };
/** Requests get lost too, so they are repeated within a round trip. */
const REPEAT = { shortest: 10, longest: 100 };
const REPEATS_PER_ROUND_TRIP = 3;
/** After this long without a packet of the past, none will come. */
const PATIENCE: Millis = 3000;
/** A request names few, so that there is room for packets of now. */
const MAX_REQUESTED = 32;

/** What both kinds of stream have that give a late joiner something of the time before. */
export interface PastRequests {
  /** @returns the packets from before this listener joined that are to be requested now. */
  pollPast(now: Millis): ExtendedSequence[];
  /** When something is to be requested; Infinity: never. */
  readonly requestAt: Millis;
}

/**
 * A late joiner is sent packets from before its join as retransmissions, unasked: those since the last key frame of
 * a screen, or since the beginning of the last message of live data. This class knows which of them are missing, and
 * when to request them. They are outside the ledger, and are wanted until what is shown is past them.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #came = new Set<ExtendedSequence>();
  #lowest: ExtendedSequence = Infinity;
  #highest: ExtendedSequence = -Infinity;
  #cameAt: Millis = -Infinity;
  #requestAt: Millis = Infinity;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Whether the packet was sent before this listener joined. */
  isPast(sequence: ExtendedSequence): boolean {
    return sequence < this.#options.next;
  }

  /** A packet of the past came. */
  onCame(sequence: ExtendedSequence, now: Millis): void {
    this.#came.add(sequence);
    this.#lowest = Math.min(this.#lowest, sequence);
    this.#highest = Math.max(this.#highest, sequence);
    this.#cameAt = now;
    if (this.#requestAt === Infinity) this.#requestAt = now + REORDER_WAIT;
  }

  /** When {@linkcode poll} is to be called. */
  get deadline(): Millis {
    return this.#requestAt;
  }

  /**
   * @param wantedFrom packets before this one are of no use any more.
   * @param hasBeginning whether what is to be shown first has its first packet, a key frame or a message; if not,
   * packets before all others are missing.
   * @returns the numbers to request now, ascending.
   */
  poll(wantedFrom: ExtendedSequence, hasBeginning: boolean, now: Millis): ExtendedSequence[] {
    if (now < this.#requestAt) return [];
    const { next, roundTrip: { smoothed } } = this.#options;
    if (wantedFrom >= next || now > this.#cameAt + PATIENCE) {
      this.#requestAt = Infinity;
      return [];
    }
    const { shortest, longest } = REPEAT;
    const wait = Math.min(Math.max(smoothed / REPEATS_PER_ROUND_TRIP, shortest), longest);
    this.#requestAt = now + wait;
    return this.#missing(Math.max(this.#from(hasBeginning), wantedFrom), this.#end(now));
  }

  #missing(from: ExtendedSequence, end: ExtendedSequence): ExtendedSequence[] {
    const missing: ExtendedSequence[] = [];
    for (let sequence = from; sequence <= end; sequence++) {
      if (this.#came.has(sequence)) continue;
      missing.push(sequence);
      if (missing.length === MAX_REQUESTED) break;
    }
    return missing;
  }

  #from(hasBeginning: boolean): ExtendedSequence {
    const { oldest, next } = this.#options;
    const before = hasBeginning ? 0 : MAX_REQUESTED / 2;
    return Math.max(this.#lowest - before, oldest, next - MAX_PAST_PACKETS);
  }

  #end(now: Millis): ExtendedSequence {
    const { next, roundTrip: { smoothed } } = this.#options;
    const quiet = Math.min(Math.max(2 * smoothed, QUIET.shortest), QUIET.longest);
    return now >= this.#cameAt + quiet ? next - 1 : this.#highest;
  }
}
