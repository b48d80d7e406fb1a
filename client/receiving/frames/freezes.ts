import type { Millis } from "../../../shared/core/units.ts";

/** So many of the latest intervals are averaged. */
const AVERAGED = 30;
const FACTOR = 3;
const LEAST_EXCESS: Millis = 150;

export interface FreezeCounts {
  readonly count: number;
  readonly duration: Millis;
}

/**
 * Freezes as webrtc-stats defines them: an interval between two frames shown that lasts at least three times the
 * average, and 150 ms longer than it. A screen that does not change sends no frames, so that here an interval
 * counts only if a frame was missing in it.
 */
export class Freezes {
  readonly #intervals: Millis[] = [];
  #sum: Millis = 0;
  #shownAt: Millis | undefined;
  #wasHeld = false;
  #count = 0;
  #duration: Millis = 0;

  /** A frame is missing. */
  onHeld(): void {
    this.#wasHeld = true;
  }

  onShown(at: Millis): void {
    if (this.#shownAt !== undefined) this.#onInterval(at - this.#shownAt);
    this.#shownAt = at;
    this.#wasHeld = false;
  }

  /** @param now the interval from the last frame until then counts too if it is a freeze already. */
  counts(now: Millis): FreezeCounts {
    const current = this.#shownAt === undefined ? 0 : now - this.#shownAt;
    const isFrozen = this.#isFreeze(current);
    return {
      count: this.#count + (isFrozen ? 1 : 0),
      duration: this.#duration + (isFrozen ? current : 0),
    };
  }

  #onInterval(interval: Millis): void {
    if (this.#isFreeze(interval)) {
      this.#count++;
      this.#duration += interval;
    }
    this.#intervals.push(interval);
    this.#sum += interval;
    if (this.#intervals.length > AVERAGED) this.#sum -= this.#intervals.shift()!;
  }

  #isFreeze(interval: Millis): boolean {
    if (!this.#wasHeld) return false;
    const average = this.#intervals.length === 0 ? 0 : this.#sum / this.#intervals.length;
    return interval >= Math.max(FACTOR * average, average + LEAST_EXCESS);
  }
}
