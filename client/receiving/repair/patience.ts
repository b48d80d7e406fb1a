import type { Millis } from "../../../shared/core/units.ts";
import type { RoundTrip } from "../../../shared/rtcp/round_trip.ts";

/** With each step a missing packet is waited for so much longer. */
const STEP: Millis = 5;
/** A request that waits for longer is hardly answered in time. */
const LONGEST: Millis = 20;
/** After so many packets in a row that were lost indeed, the wait is a step shorter. */
const LOST_IN_A_ROW = 16;

/**
 * How much longer than usual a listener waits before it requests a packet. While its own machine has too much to do,
 * each request for a packet that was only late makes that longer, at most once in a round trip, and it shortens slowly
 * again: RACK adapts its reordering window like this (RFC 8985 section 6.2 step 4). So a crowd that is late itself does
 * not add retransmissions to that.
 */
export class Patience {
  readonly #roundTrip: Pick<RoundTrip, "smoothed">;
  readonly #isStrained: () => boolean;
  #millis: Millis = 0;
  #lostInARow = 0;
  #grownAt: Millis = -Infinity;

  /** @param isStrained whether this program's own machine makes packets late; never, if absent. */
  constructor(roundTrip: Pick<RoundTrip, "smoothed">, isStrained = () => false) {
    this.#roundTrip = roundTrip;
    this.#isStrained = isStrained;
  }

  get millis(): Millis {
    return this.#millis;
  }

  /** The original of a requested packet came. */
  onNeedless(now: Millis): void {
    this.#lostInARow = 0;
    if (!this.#isStrained() || now < this.#grownAt + this.#roundTrip.smoothed) return;
    this.#grownAt = now;
    this.#millis = Math.min(this.#millis + STEP, LONGEST);
  }

  /** A retransmission brought a missing packet. */
  onLost(): void {
    if (++this.#lostInARow < LOST_IN_A_ROW) return;
    this.#lostInARow = 0;
    this.#millis = Math.max(this.#millis - STEP, 0);
  }
}
