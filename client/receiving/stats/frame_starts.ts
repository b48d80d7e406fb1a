import type { Arrival } from "./arrival.ts";

/** A packet that was sent at its media time. */
export interface Timed {
  readonly arrival: Arrival;
  /** Whether what earlier packets told of the path is wrong. */
  readonly isAnew: boolean;
}

/** Finds the packets of a stream whose arrival tells how long the path takes. */
export interface PathTiming {
  /** Takes an original. @returns this packet, or an earlier one, or nothing. */
  onOriginal(arrival: Arrival): Timed | undefined;
}

/**
 * Finds the packets of a stream of frames whose arrival tells how long the path takes. All packets of a frame have
 * one timestamp, but large frames leave over some time: only a frame's first packet was sent at that time.
 *
 * Nor was a frame sent at its time that is shown after one sent behind it, as are those that B-frames refer to: it
 * leaves together with the one behind it. So once frames come in another order than they are shown in, a frame
 * counts only when the one behind it is shown later.
 */
export class FrameStarts implements PathTiming {
  #newest: Arrival | undefined;
  #isReordered = false;
  #isAnew = false;

  /** Takes an original. @returns this packet, or the one at the beginning of the frame before, or nothing. */
  onOriginal(arrival: Arrival): Timed | undefined {
    const before = this.#newest;
    const isFirst = !before || arrival.sequence > before.sequence &&
        arrival.frameNumber !== before.frameNumber;
    if (!isFirst) return undefined;
    this.#newest = arrival;
    const isEarlier = before !== undefined && arrival.ticks < before.ticks;
    if (isEarlier && !this.#isReordered) this.#isReordered = this.#isAnew = true;
    if (!this.#isReordered) return { arrival, isAnew: false };
    if (!before || isEarlier) return undefined;
    const isAnew = this.#isAnew;
    this.#isAnew = false;
    return { arrival: before, isAnew };
  }
}
