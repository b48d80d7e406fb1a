import type { Millis } from "../core/units.ts";

/** How often something may happen: `perSecond` on average, and `burst` at once. */
export interface PaceOptions {
  readonly perSecond: number;
  readonly burst: number;
}

/** A token bucket that tells when the next token is there (the generic cell rate algorithm). */
export class Pace {
  readonly #interval: Millis;
  readonly #burst: number;
  /** When the bucket is full. */
  #fullAt: Millis = -Infinity;

  constructor({ perSecond, burst }: PaceOptions) {
    this.#interval = 1000 / perSecond;
    this.#burst = burst;
  }

  /** From when on `take` succeeds. */
  get nextAt(): Millis {
    return this.#fullAt - (this.#burst - 1) * this.#interval;
  }

  take(now: Millis): boolean {
    if (now < this.nextAt) return false;
    this.#fullAt = Math.max(this.#fullAt, now) + this.#interval;
    return true;
  }
}
