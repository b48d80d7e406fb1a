import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { Budget } from "./budget.ts";

/**
 * Retransmitted packets that are stored for a listener and a channel, or as many as it requests at a time if that
 * is more; the oldest are dropped.
 */
const MAX_TRIES = 512;
/** The burst of a listener's budget; a burst of losses takes half of it or more. */
const BURST_BYTES = 96_000;
/** As much of it each listener has whatever others use; the rest is taken from what all have in common. */
const SURE_BURST_BYTES = 24_000;
/** After so many copies of a packet in vain the way is interrupted: further tries are rare, of one copy each. */
const MANY_COPIES = 32;
const SELDOM_MILLIS: Millis = 100;

/**
 * If a packet that was sent this much later has arrived, then an earlier one is lost and not just delayed:
 * twice the jitter, within these bounds, in milliseconds.
 */
const LEEWAY = { shortest: 5, longest: 40 };
/** The share of losses in a row is an average over about this many losses. */
const REMEMBERED_LOSSES = 32;
/** The share that is assumed for a new listener. */
const FIRST_GUESS = 0.3;
/**
 * Independent losses reach this share of losses in a row only on a network that loses so many packets that
 * no repair helps.
 */
const BURSTY_FROM = 0.38;

/** How often a packet was sent again to a listener, in how many copies, and when last. */
export interface Tried {
  readonly count: number;
  readonly copies: number;
  readonly at: Millis;
}

/** The network path to a listener. */
export interface Way {
  /** A packet and the answer to it take no longer than this ... */
  readonly holdOffMillis: Millis;
  /** ... and no shorter than this; 0 when that is not known. */
  readonly shortestMillis: Millis;
  readonly jitterMillis: Millis;
}

/** A packet that is sent again. */
export interface Try {
  /** Its sequence number in the RTX stream. */
  readonly number: ExtendedSequence;
  /** Whether the packet before it was requested as well. */
  readonly isInRow: boolean;
  readonly copies: number;
  readonly at: Millis;
}

/** The copies of a packet, and what limits them. */
export interface Wish {
  readonly copies: number;
  /** Of one copy. */
  readonly bytes: number;
  /** What a listener with many losses is granted: see {@linkcode Budget}. */
  readonly granted: number;
  /** The part of it for which this listener's losses are a reason: at most 1. */
  readonly reason: number;
  /** What all have in common. */
  readonly pool: Budget;
  /** What was granted to the pool. */
  readonly pooled: number;
}

const NEVER: Tried = { count: 0, copies: 0, at: -Infinity };

/** The retransmissions of one channel to one listener: what was sent, what arrived, and the budget. */
export class ListenerRepairs {
  readonly #budget: Budget;
  /** What was granted by the last time, and how much of that to this listener. */
  #granted: number;
  #earned = 0;
  /** The part of the budget that does not depend on others. */
  readonly #sure: Budget;
  readonly pattern = new LossPattern();
  readonly #tries: BoundedMap<ExtendedSequence, Tried>;
  /** When a packet of the RTX stream was first sent, by its sequence number. */
  readonly #sentAgain: BoundedMap<ExtendedSequence, Millis>;
  /** Packets sent up to then have arrived by now, unless they were lost or took longer than others. */
  #arrivedUntil: Millis = -Infinity;
  /** When the newest receipt that told so came: in the same datagram as a request, or before it. */
  #receiptAt: Millis = -Infinity;

  /**
   * @param granted see {@linkcode Budget}.
   * @param maxMissing the most packets that the listener requests at a time.
   */
  constructor(granted: number, maxMissing = 0) {
    this.#budget = new Budget(BURST_BYTES, 0);
    this.#sure = new Budget(SURE_BURST_BYTES, 0);
    this.#granted = granted;
    const tries = Math.max(MAX_TRIES, maxMissing);
    this.#tries = new BoundedMap(tries);
    this.#sentAgain = new BoundedMap(tries);
  }

  /** Lets so many bytes be spent at once, if that is more than before. */
  raiseBurst(bytes: number): void {
    this.#budget.raiseBurst(bytes);
    this.#sure.raiseBurst(bytes);
  }

  /** @returns how many copies may be sent, or whose budget is used up for now: the listener's or that of all. */
  take(
    { copies, bytes, granted, reason, pool, pooled }: Wish,
  ): number | "overBudget" | "overTotal" {
    this.#earned += Math.max(granted - this.#granted, 0) * reason;
    this.#granted = granted;
    const most = this.#budget.takeUpTo(copies, bytes, this.#earned);
    if (most === 0) return "overBudget";
    const sure = this.#sure.takeUpTo(most, bytes, this.#earned);
    return sure + pool.takeUpTo(most - sure, bytes, pooled) || "overTotal";
  }

  /**
   * Whether the listener can know by now that a packet first sent at `sentAt` did not come. If it can't, the request
   * was written before the packet left: the host stood still, and the packet is late but not lost.
   */
  canMiss(sentAt: Millis, { shortestMillis }: Way, now: Millis): boolean {
    if (this.#receiptAt !== now) return now - sentAt >= shortestMillis;
    return this.#arrivedUntil >= sentAt + LEEWAY.shortest;
  }

  /**
   * Whether a retransmission of `sentAt` is surely not under way any more: packets that were sent later have arrived.
   * A request without a receipt tells nothing of that, so the hold-off decides, or twice the hold-off if the listener
   * sends receipts.
   */
  isDue(
    sentAt: Millis,
    { holdOffMillis, shortestMillis, jitterMillis }: Way,
    now: Millis,
  ): boolean {
    if (now - sentAt < shortestMillis) return false;
    const leeway = Math.min(Math.max(2 * jitterMillis, LEEWAY.shortest), LEEWAY.longest);
    if (this.#arrivedUntil >= sentAt + leeway) return true;
    if (this.#receiptAt === now) return false;
    const hasReceipts = this.#receiptAt !== -Infinity;
    return now - sentAt >= (hasReceipts ? 2 : 1) * holdOffMillis;
  }

  tried(sequence: ExtendedSequence): Tried {
    return this.#tries.get(sequence) ?? NEVER;
  }

  wasTried(sequence: ExtendedSequence): boolean {
    return this.#tries.has(sequence);
  }

  /** Whether so many copies were sent in vain that the packet is sent again only seldom, and once. */
  isHopeless(sequence: ExtendedSequence): boolean {
    return this.tried(sequence).copies >= MANY_COPIES;
  }

  /** Whether it is too soon for a packet that is sent again only seldom. */
  isResting(sequence: ExtendedSequence, now: Millis): boolean {
    return this.isHopeless(sequence) && now - this.tried(sequence).at < SELDOM_MILLIS;
  }

  onTry(sequence: ExtendedSequence, { number, isInRow, copies, at }: Try): void {
    const { count, copies: before } = this.tried(sequence);
    if (count === 0) this.pattern.onLoss(isInRow || this.tried(sequence - 1).count > 0);
    this.#tries.renew(sequence, { count: count + 1, copies: before + copies, at });
    if (!this.#sentAgain.has(number)) this.#sentAgain.set(number, at);
  }

  /** When a retransmission was first sent. @param number its sequence number in the RTX stream. */
  sentAgainAt(number: ExtendedSequence): Millis | undefined {
    return this.#sentAgain.get(number);
  }

  /** The latest packet to arrive was sent at `sentAt`, and arrived `since` milliseconds before the receipt. */
  onArrived(sentAt: Millis, since: Millis, now: Millis): void {
    this.#arrivedUntil = Math.max(this.#arrivedUntil, Math.min(sentAt + since, now));
    this.#receiptAt = now;
  }
}

/** Tells whether a listener loses single packets, or bursts in which a single retransmission is lost too. */
export class LossPattern {
  #shareInRow = FIRST_GUESS;

  /** @param isInRow whether the packet before it was lost too. */
  onLoss(isInRow: boolean): void {
    this.#shareInRow += (Number(isInRow) - this.#shareInRow) / REMEMBERED_LOSSES;
  }

  get isBursty(): boolean {
    return this.#shareInRow > BURSTY_FROM;
  }
}
