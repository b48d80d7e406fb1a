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

/** How often a packet was sent again to a listener, and when last. */
export interface Tried {
  readonly count: number;
  readonly at: Millis;
}

/** The network path to a listener. */
export interface Way {
  /** A packet and the answer to it take no longer than this. */
  readonly holdOffMillis: Millis;
  readonly jitterMillis: Millis;
}

/** A packet that is sent again. */
export interface Try {
  /** Its sequence number in the RTX stream. */
  readonly number: ExtendedSequence;
  /** Whether the packet before it was requested as well. */
  readonly isInRow: boolean;
  readonly at: Millis;
}

const NEVER: Tried = { count: 0, at: -Infinity };

/** The retransmissions of one channel to one listener: what was sent, what arrived, and the budget. */
export class ListenerRepairs {
  readonly budget: Budget;
  readonly pattern = new LossPattern();
  readonly #tries: BoundedMap<ExtendedSequence, Tried>;
  /** When a packet of the RTX stream was first sent, by its sequence number. */
  readonly #sentAgain: BoundedMap<ExtendedSequence, Millis>;
  /** Packets sent up to then have arrived by now, unless they were lost or took longer than others. */
  #arrivedUntil: Millis = -Infinity;

  /**
   * @param granted see {@linkcode Budget}.
   * @param maxMissing the most packets that the listener requests at a time.
   */
  constructor(granted: number, maxMissing = 0) {
    this.budget = new Budget(BURST_BYTES, granted);
    const tries = Math.max(MAX_TRIES, maxMissing);
    this.#tries = new BoundedMap(tries);
    this.#sentAgain = new BoundedMap(tries);
  }

  /**
   * Whether the latest retransmission of the packet is surely not under way any more: packets that were sent
   * later have arrived. If the listener sends no receipts, the hold-off decides; if its receipts say nothing of
   * this packet, twice the hold-off.
   */
  isDue(sequence: ExtendedSequence, { holdOffMillis, jitterMillis }: Way, now: Millis): boolean {
    const { at } = this.tried(sequence);
    const leeway = Math.min(Math.max(2 * jitterMillis, LEEWAY.shortest), LEEWAY.longest);
    if (this.#arrivedUntil >= at + leeway) return true;
    const hasReceipts = this.#arrivedUntil !== -Infinity;
    return now - at >= (hasReceipts ? 2 : 1) * holdOffMillis;
  }

  tried(sequence: ExtendedSequence): Tried {
    return this.#tries.get(sequence) ?? NEVER;
  }

  onTry(sequence: ExtendedSequence, { number, isInRow, at }: Try): void {
    const { count } = this.tried(sequence);
    if (count === 0) this.pattern.onLoss(isInRow || this.tried(sequence - 1).count > 0);
    this.#tries.renew(sequence, { count: count + 1, at });
    if (!this.#sentAgain.has(number)) this.#sentAgain.set(number, at);
  }

  /** When a retransmission was first sent. @param number its sequence number in the RTX stream. */
  sentAgainAt(number: ExtendedSequence): Millis | undefined {
    return this.#sentAgain.get(number);
  }

  /** The latest packet to arrive was sent at `sentAt`, and arrived `since` milliseconds before the receipt. */
  onArrived(sentAt: Millis, since: Millis): void {
    this.#arrivedUntil = Math.max(this.#arrivedUntil, sentAt + since);
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
