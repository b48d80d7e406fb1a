import type { Millis } from "../shared/core/units.ts";

/** The last word is said this often, this far apart, since it may be lost. */
const GOODBYE_COUNT = 3;
const GOODBYE_INTERVAL_MILLIS = 100;

/** The end of a broadcast: its reason, and when the goodbyes are due. */
export class Ending {
  #said = 0;
  #nextAt: Millis;

  constructor(readonly reason: string, now: Millis) {
    this.#nextAt = now;
  }

  get isOver(): boolean {
    return this.#said === GOODBYE_COUNT;
  }

  get deadline(): Millis | undefined {
    return this.isOver ? undefined : this.#nextAt;
  }

  /** @returns whether a goodbye is to be said now. */
  takeGoodbye(now: Millis): boolean {
    if (this.isOver || now < this.#nextAt) return false;
    this.#said++;
    this.#nextAt = now + GOODBYE_INTERVAL_MILLIS;
    return true;
  }
}
