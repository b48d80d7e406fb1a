import type { Millis } from "../shared/core/units.ts";

/** A token bucket: `perSecond` on average, `burst` at once. */
export class RateLimit {
  #allowance: number;
  #refilledAt: Millis;

  constructor(readonly perSecond: number, readonly burst: number, now: Millis) {
    this.#allowance = burst;
    this.#refilledAt = now;
  }

  /** @returns whether one more may pass now. */
  take(now: Millis): boolean {
    const earned = (now - this.#refilledAt) * this.perSecond / 1000;
    this.#allowance = Math.min(this.burst, this.#allowance + Math.max(0, earned));
    this.#refilledAt = Math.max(now, this.#refilledAt);
    if (this.#allowance < 1) return false;
    this.#allowance--;
    return true;
  }
}
