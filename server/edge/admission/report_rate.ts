import type { Millis } from "../../../shared/core/units.ts";
import { KEEPALIVE_RANGE } from "../../../shared/rtcp/app_messages.ts";

const DEFAULT_KEEPALIVE_MILLIS: Millis = 5000;
/** Reports per second, of all listeners together. */
const MOST_PER_SECOND = 500;
/** Listeners report after a random time between 75 % and 100 % of the keepalive. */
const MEAN_SHARE = 0.875;

/** The interval at which each listener reports: all together send at most 500 reports per second. */
export class ReportRate {
  readonly #usual: Millis;
  readonly #countListeners: () => number;

  /** @param usual the interval while there are few listeners. */
  constructor(countListeners: () => number, usual: Millis = DEFAULT_KEEPALIVE_MILLIS) {
    this.#usual = usual;
    this.#countListeners = countListeners;
  }

  /** The interval for now, in whole milliseconds; at most a minute, reached with 26 250 listeners. */
  get keepaliveMillis(): Millis {
    const crowded = Math.ceil(this.#countListeners() * 1000 / MOST_PER_SECOND / MEAN_SHARE);
    return Math.max(this.#usual, Math.min(crowded, KEEPALIVE_RANGE.longest));
  }
}
