import type { Millis } from "../../shared/core/units.ts";

/** A timer is never late by this much on its own: the program stood still. */
const PAUSE_MILLIS: Millis = 30;

/** Longer than reading a full socket buffer takes. */
const EXCUSED_MILLIS: Millis = 100;

/** So late a call shows that packets may wait in the socket; the forecasts of packets allow for less. */
const LATE_MILLIS: Millis = 10;
/** A program that runs reads the next one within this time. */
const READING_MILLIS: Millis = 5;
/**
 * A program that always finds more to read, as with a screen's hundreds of datagrams a second, requests all the same
 * after this time, and no later than the pause was long: what waited takes no longer to be read than to come.
 */
const LONGEST_READING_MILLIS: Millis = 150;

/** A program that was late is late again for a while: its machine has too much to do. */
const STRAINED_MILLIS: Millis = 3000;

/**
 * Notices that this program stood still (a busy machine, a laptop asleep). Packets that then wait in the
 * socket may have arrived in time, so for a moment packets are not counted as late.
 */
export class PauseWatch {
  #excusedUntil: Millis = -Infinity;
  #calledAt: Millis = -Infinity;
  #isReading = false;
  /** From then on packets are requested again, whatever is still read. */
  #readAtMostUntil: Millis = -Infinity;
  #readBy: Millis = -Infinity;
  #strainedUntil: Millis = -Infinity;

  /** Whether packets come late because of this program's own machine, and not only on their path. */
  get isStrained(): boolean {
    return this.#calledAt < this.#strainedUntil;
  }

  /**
   * @param deadline when the program should have called at the latest.
   * @returns how long it stood still since the last call, as far as the deadline shows: 0 if in time.
   */
  onInput(deadline: Millis | undefined, now: Millis): Millis {
    const overdue = now - (deadline ?? now);
    if (overdue > PAUSE_MILLIS) this.#excusedUntil = now + EXCUSED_MILLIS;
    if (overdue > LATE_MILLIS) this.#strainedUntil = now + STRAINED_MILLIS;
    // The deadline stays overdue while the socket is read: that is one pause, not many.
    const pause = now - Math.max(deadline ?? now, this.#calledAt);
    this.#calledAt = now;
    return Math.max(pause, 0);
  }

  /** A datagram was read; after a pause, more may wait behind it. @returns until when nothing is requested. */
  onRead(now: Millis): Millis {
    if (this.#isReading) this.#readOn(now);
    return this.#readBy;
  }

  /**
   * Called before the clock's deadlines are looked at.
   *
   * @returns until when nothing is requested, since what seems to be missing may wait in the socket: until nothing was
   * read for a moment. A program that is always late still requests each second time.
   */
  onAdvance(deadline: Millis | undefined, now: Millis): Millis {
    const late = now - (deadline ?? now);
    if (this.#isReading) this.#isReading = now < this.#readBy;
    else if (late > LATE_MILLIS) {
      this.#isReading = true;
      this.#readAtMostUntil = now + Math.min(late, LONGEST_READING_MILLIS);
      this.#readOn(now);
    }
    return this.#readBy;
  }

  #readOn(now: Millis): void {
    this.#readBy = Math.min(now + READING_MILLIS, this.#readAtMostUntil);
  }

  /** Whether a packet that arrived at that time may have waited for this program. */
  excuses(arrivedAt: Millis): boolean {
    return arrivedAt <= this.#excusedUntil;
  }
}
