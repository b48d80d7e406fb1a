import type { Millis } from "../../../../shared/core/units.ts";

/** Many listeners lose when more than this share does. */
const LOSING_SHARE = 0.1;
/** They do for so long before the bitrate goes down, once each time. */
const DOWN_AFTER_MILLIS: Millis = 5000;
const UP_AFTER_MILLIS: Millis = 10_000;
const [DOWN, UP] = [0.85, 1.05];
/** Below this no picture can be made out. */
const LEAST_BITRATE = 100_000;

/** How many of the listeners of a screen lose packets now. */
export interface LossSummary {
  readonly listeners: number;
  /** Those that lose more than 5 % of the packets. */
  readonly lossy: number;
}

/**
 * The bitrate that the listeners can take: 15 % less each time that more than a tenth of them have lost more than
 * 5 % for 5 s, else 5 % more each 10 s, and never more than the host gave.
 */
export class ScreenBitrate {
  readonly #given: number;
  readonly #least: number;
  #bitrate: number;
  /** Since when they lose, or do not. */
  #since: Millis | undefined;
  #isLosing = false;

  /** @param given bits per second. */
  constructor(given: number) {
    this.#given = given;
    this.#bitrate = given;
    this.#least = Math.min(given, LEAST_BITRATE);
  }

  /** Bits per second. */
  get bitrate(): number {
    return Math.round(this.#bitrate);
  }

  /** @returns whether the bitrate has changed. */
  noteLosses({ listeners, lossy }: LossSummary, now: Millis): boolean {
    const isLosing = lossy > listeners * LOSING_SHARE;
    if (this.#since === undefined || isLosing !== this.#isLosing) this.#since = now;
    this.#isLosing = isLosing;
    if (now - this.#since < (isLosing ? DOWN_AFTER_MILLIS : UP_AFTER_MILLIS)) return false;
    this.#since = now;
    const before = this.#bitrate;
    const wanted = before * (isLosing ? DOWN : UP);
    this.#bitrate = Math.min(Math.max(wanted, this.#least), this.#given);
    return this.#bitrate !== before;
  }
}
