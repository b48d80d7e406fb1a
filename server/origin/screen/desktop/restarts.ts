import type { Millis } from "../../../../shared/core/units.ts";

const FIRST_PAUSE_MILLIS: Millis = 500;
const LONGEST_PAUSE_MILLIS: Millis = 30_000;
/** After a program ran this long, the next pause is the first one again. */
const WELL_AFTER_MILLIS: Millis = 30_000;
/** A new bitrate costs a key frame and a moment without pictures. */
const BITRATE_INTERVAL_MILLIS: Millis = 30_000;

/** When a program that grabs the desktop is started again. */
export class Restarts {
  #pause = FIRST_PAUSE_MILLIS;
  #startedAt: Millis = -Infinity;
  /** When the bitrate was last changed. */
  #changedAt: Millis = -Infinity;

  onStart(now: Millis): void {
    this.#startedAt = now;
  }

  /** It has ended by itself. @returns how long to wait before it is started again. */
  pauseAfterEnd(now: Millis): Millis {
    if (now - this.#startedAt >= WELL_AFTER_MILLIS) this.#pause = FIRST_PAUSE_MILLIS;
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
    return pause;
  }

  /** When it may be started again for another bitrate. */
  get bitrateChangeAt(): Millis {
    return this.#changedAt + BITRATE_INTERVAL_MILLIS;
  }

  onBitrateChange(now: Millis): void {
    this.#changedAt = now;
  }
}
