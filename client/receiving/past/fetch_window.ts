import type { Millis } from "../../../shared/core/units.ts";
import { RoundTrip } from "../../../shared/rtcp/round_trip.ts";

/** Fragments under way: at the start, and at most. */
const FIRST_WINDOW = 8;
const LARGEST_WINDOW = 256;
/**
 * The window is halved to no less than that, by what the losses look like: a bad radio link loses some packets
 * and delays none; a full queue delays them first; a policer drops many.
 */
const SMALLEST_WINDOW = { few: 16, many: 8, queueing: 2 };
/** Fewer losses than this share of the fragments are few. */
const FEW_LOSSES = 0.2;
/** The share is averaged over about so many fragments. */
const LOSS_MEMORY = 64;
/** A round trip this much longer than the shortest means that packets wait in queues. */
const QUEUEING = { factor: 2, millis: 20 };
/** How long a fragment is waited for, in milliseconds. */
const TIMEOUT = { first: 300, shortest: 50, longest: 1000, leastVariation: 25 };
/** Fragments may overtake each other by this share of the shortest round trip. */
const REORDER_SHARE = 0.25;
const LEAST_REORDER_MILLIS: Millis = 5;

/**
 * How many fragments may be under way, as a TCP sender decides it (RFC 5681): doubled each round trip until the
 * first loss, then one more each round trip, halved on loss but at most once a round trip.
 */
export class FetchWindow {
  readonly #roundTrip = new RoundTrip();
  #shortest: Millis = Infinity;
  #size = FIRST_WINDOW;
  #isDoubling = true;
  /** Losses of what was requested before then are part of the loss that halved the window last. */
  #halvedAt: Millis = -Infinity;
  #lossShare = 0;

  /** In fragments. */
  get size(): number {
    return Math.floor(this.#size);
  }

  /** After this time a fragment has not come. */
  get timeout(): Millis {
    if (this.#roundTrip.latest === undefined) return TIMEOUT.first;
    const { smoothed, variation } = this.#roundTrip;
    const timeout = smoothed + Math.max(4 * variation, TIMEOUT.leastVariation);
    return Math.min(Math.max(timeout, TIMEOUT.shortest), TIMEOUT.longest);
  }

  /** A fragment is lost when one came that was requested so much later. */
  get reorderMillis(): Millis {
    if (this.#shortest === Infinity) return TIMEOUT.first;
    return Math.max(this.#shortest * REORDER_SHARE, LEAST_REORDER_MILLIS);
  }

  /** @param roundTrip from the only request to the arrival; absent when it was requested more than once. */
  onArrived(roundTrip?: Millis): void {
    if (roundTrip !== undefined) {
      this.#roundTrip.add(roundTrip);
      this.#shortest = Math.min(this.#shortest, roundTrip);
    }
    this.#count(false);
    const growth = this.#isDoubling ? 1 : 1 / this.#size;
    this.#size = Math.min(this.#size + growth, LARGEST_WINDOW);
  }

  onLost(requestedAt: Millis, now: Millis): void {
    this.#count(true);
    if (requestedAt <= this.#halvedAt) return;
    this.#halvedAt = now;
    this.#isDoubling = false;
    this.#size = Math.max(this.#size / 2, Math.min(this.#smallest, this.#size));
  }

  #count(isLost: boolean): void {
    this.#lossShare += ((isLost ? 1 : 0) - this.#lossShare) / LOSS_MEMORY;
  }

  get #smallest(): number {
    if (this.#isQueueing) return SMALLEST_WINDOW.queueing;
    return this.#lossShare < FEW_LOSSES ? SMALLEST_WINDOW.few : SMALLEST_WINDOW.many;
  }

  get #isQueueing(): boolean {
    const { factor, millis } = QUEUEING;
    return this.#roundTrip.smoothed > this.#shortest * factor + millis;
  }
}
