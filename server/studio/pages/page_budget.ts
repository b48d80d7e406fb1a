import type { Millis } from "../../../shared/core/units.ts";

/** Twice what a page sends that shares 240 pictures a second. */
const MILLIS_A_MESSAGE: Millis = 1;
/** More than 100 Mbit/s, the most that a screen may have. */
const BYTES_A_MILLI = 16_000;
/** So much may come at once: after a hold-up, or a few pictures of the largest size. */
const BURST_MILLIS: Millis = 1000;

/**
 * How much of a page is read. One that sends without end would keep the host from sending in time to its
 * listeners; so no more is read from it for a while, and the system makes it wait.
 */
export class PageBudget {
  /** What has been read would take until then at the highest rate. */
  #until: Millis = -Infinity;

  /**
   * A message was read.
   *
   * @returns how long to read no more; 0 as long as the page is within its budget.
   */
  spend(bytes: number, now: Millis): Millis {
    const cost = MILLIS_A_MESSAGE + bytes / BYTES_A_MILLI;
    this.#until = Math.max(this.#until, now - BURST_MILLIS) + cost;
    return Math.max(0, this.#until - now);
  }
}
