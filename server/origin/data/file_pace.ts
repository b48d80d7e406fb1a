import type { Millis } from "../../../shared/core/units.ts";

/** A longer time between two messages, or one backwards, is a mistake, or another recording that follows. */
const LONGEST_GAP: Millis = 12 * 3_600_000;

/**
 * When the messages of a file are due: as far apart as their times say, counted from the first message. A message
 * without a time is due as soon as it is read.
 */
export class FilePace {
  readonly #speed: number;
  #anchor: { readonly time: Millis; readonly at: Millis } | undefined;
  #last: Millis = 0;

  /** @param speed how many times as fast as the times say. */
  constructor(speed = 1) {
    if (!(speed > 0)) throw new RangeError(`A speed must be above 0, not ${speed}`);
    this.#speed = speed;
  }

  /** @param time of the next message. */
  dueAt(time: Millis | undefined, now: Millis): Millis {
    if (time === undefined) return now;
    const gap = time - this.#last;
    if (!this.#anchor || gap < 0 || gap > LONGEST_GAP) this.#anchor = { time, at: now };
    this.#last = time;
    return this.#anchor.at + (time - this.#anchor.time) / this.#speed;
  }
}
