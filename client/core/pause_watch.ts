import type { Millis } from "../../shared/core/units.ts";

/** A timer is never late by this much on its own: the program stood still. */
const PAUSE_MILLIS: Millis = 30;

/** Longer than reading a full socket buffer takes. */
const EXCUSED_MILLIS: Millis = 100;

/**
 * Notices that this program stood still (a busy machine, a laptop asleep). Packets that then wait in the
 * socket may have arrived in time, so for a moment packets are not counted as late.
 */
export class PauseWatch {
  #excusedUntil: Millis = -Infinity;
  #calledAt: Millis = -Infinity;

  /**
   * @param deadline when the program should have called at the latest.
   * @returns how long it stood still since the last call, as far as the deadline shows: 0 if in time.
   */
  onInput(deadline: Millis | undefined, now: Millis): Millis {
    const overdue = now - (deadline ?? now);
    if (overdue > PAUSE_MILLIS) this.#excusedUntil = now + EXCUSED_MILLIS;
    // The deadline stays overdue while the socket is read: that is one pause, not many.
    const pause = now - Math.max(deadline ?? now, this.#calledAt);
    this.#calledAt = now;
    return Math.max(pause, 0);
  }

  /** Whether a packet that arrived at that time may have waited for this program. */
  excuses(arrivedAt: Millis): boolean {
    return arrivedAt <= this.#excusedUntil;
  }
}
