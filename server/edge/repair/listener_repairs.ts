import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { Budget } from "./budget.ts";

/** Packets of a channel that a listener is being sent again; the oldest are forgotten. */
const MAX_TRIES = 512;
/** What may be sent again at once before the budget's rate counts: a burst of loss takes half of it and more. */
const BURST_BYTES = 96_000;

/**
 * What left so much later and has come shows that a packet before it was lost, not delayed a bit more: twice
 * the jitter, between these.
 */
const LEEWAY = { shortest: 5, longest: 40 };
/** So many losses are looked back on, more or less. */
const REMEMBERED_LOSSES = 32;
/** What a path is taken for before it was known. */
const FIRST_GUESS = 0.3;
/**
 * Where each packet is lost by itself, this share of losses follows another loss only when the network
 * loses so many packets that no repair is of use.
 */
const BURSTY_FROM = 0.38;

/** How a packet was sent again to a listener until now. */
export interface Tried {
  readonly count: number;
  readonly at: Millis;
}

/** What is known of the way to a listener. */
export interface Way {
  /** A packet and the answer to it take no longer. */
  readonly holdOffMillis: Millis;
  readonly jitterMillis: Millis;
}

/** A packet is sent again. */
export interface Try {
  /** The one it has among the packets sent again. */
  readonly number: ExtendedSequence;
  /** Whether the packet before it is missing as well. */
  readonly isInRow: boolean;
  readonly at: Millis;
}

const NEVER: Tried = { count: 0, at: -Infinity };

/** What one listener was sent again of one channel, how much more it may be, and what of it came. */
export class ListenerRepairs {
  readonly budget: Budget;
  readonly pattern = new LossPattern();
  readonly #tries = new BoundedMap<ExtendedSequence, Tried>(MAX_TRIES);
  /** By the number among the packets sent again: when it left first. */
  readonly #sentAgain = new BoundedMap<ExtendedSequence, Millis>(MAX_TRIES);
  /** What was sent until then has come by now, if it took no longer than others and was not lost. */
  #comeUntil: Millis = -Infinity;

  /** @param granted see {@linkcode Budget}. */
  constructor(granted: number) {
    this.budget = new Budget(BURST_BYTES, granted);
  }

  /**
   * Whether it is surely not under way any more: what left later has come, or would have. Our own clock counts
   * when the listener has not told, and twice over when what it told leads nowhere.
   */
  isDue(sequence: ExtendedSequence, { holdOffMillis, jitterMillis }: Way, now: Millis): boolean {
    const { at } = this.tried(sequence);
    const leeway = Math.min(Math.max(2 * jitterMillis, LEEWAY.shortest), LEEWAY.longest);
    if (this.#comeUntil >= at + leeway) return true;
    const hasTold = this.#comeUntil !== -Infinity;
    return now - at >= (hasTold ? 2 : 1) * holdOffMillis;
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

  /** When a packet was sent again first. @param number the one it has among those sent again. */
  sentAgainAt(number: ExtendedSequence): Millis | undefined {
    return this.#sentAgain.get(number);
  }

  /** A packet that was sent at that time came the latest of all, and nothing came since. */
  onCame(sentAt: Millis, since: Millis): void {
    this.#comeUntil = Math.max(this.#comeUntil, sentAt + since);
  }
}

/** Whether a listener loses packets one by one, or in bursts that take their repair as well. */
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
