import type { Millis } from "../../shared/core/units.ts";

/** A timer that is this late is no timer's fault: our own program stood still. */
const PAUSE_MILLIS: Millis = 30;

/** More than reading a full socket buffer takes. */
const EXCUSED_MILLIS: Millis = 100;

/**
 * Notices when our own program stood still (a busy machine, a laptop asleep). What then waits in the
 * socket may have arrived in time, so for a moment it is not called late: the network did nothing.
 */
export class PauseWatch {
  #excusedUntil: Millis = -Infinity;
  #calledAt: Millis = -Infinity;

  /**
   * @param deadline when we were to be called at the latest.
   * @returns how long we stood still since we were last called, as far as that shows: 0 if in time.
   */
  onInput(deadline: Millis | undefined, now: Millis): Millis {
    const overdue = now - (deadline ?? now);
    if (overdue > PAUSE_MILLIS) this.#excusedUntil = now + EXCUSED_MILLIS;
    // A deadline stays overdue while what waits in the socket is read: that is one pause, not many.
    const pause = now - Math.max(deadline ?? now, this.#calledAt);
    this.#calledAt = now;
    return Math.max(pause, 0);
  }

  excuses(arrivedAt: Millis): boolean {
    return arrivedAt <= this.#excusedUntil;
  }
}
