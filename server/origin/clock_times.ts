import type { Millis } from "../../shared/core/units.ts";

/** How often the edges are told the origin's clock. */
const INTERVAL_MILLIS: Millis = 1000;

/** When the edges are told the origin's clock. */
export class ClockTimes {
  #next: Millis;

  constructor(now: Millis) {
    this.#next = now;
  }

  get deadline(): Millis {
    return this.#next;
  }

  /** @returns whether they are told now; times that were missed are left out. */
  takeDue(now: Millis): boolean {
    if (now < this.#next) return false;
    const missed = Math.floor((now - this.#next) / INTERVAL_MILLIS);
    this.#next += (missed + 1) * INTERVAL_MILLIS;
    return true;
  }
}
