import type { Millis } from "../../../shared/core/units.ts";
import { KEEPALIVE_RANGE } from "../../../shared/rtcp/report_pace.ts";

const DEFAULT_KEEPALIVE_MILLIS: Millis = 5000;
/** Reports of all listeners together. */
const MOST_PER_SECOND = 500;
/** Listeners report at random between three quarters of the keepalive and all of it. */
const MEAN_SHARE = 0.875;

/** How often each listener is to report, so that all together send at most 500 reports a second. */
export class ReportRate {
  readonly #usual: Millis;
  readonly #countListeners: () => number;

  /** @param usual how far apart reports are while few listen. */
  constructor(countListeners: () => number, usual: Millis = DEFAULT_KEEPALIVE_MILLIS) {
    this.#usual = usual;
    this.#countListeners = countListeners;
  }

  /** What a listener is told now. Whole milliseconds; a minute at most, which 26 250 listeners reach. */
  get keepaliveMillis(): Millis {
    const crowded = Math.ceil(this.#countListeners() * 1000 / MOST_PER_SECOND / MEAN_SHARE);
    return Math.max(this.#usual, Math.min(crowded, KEEPALIVE_RANGE.longest));
  }
}
