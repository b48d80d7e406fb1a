import type { Micros, Millis } from "../../../../shared/core/units.ts";

/**
 * Milliseconds of the page's monotonic clock; all times that are sent are of it.
 *
 * @param pageOrigin the page's `performance.timeOrigin`, in a worker, whose own clock begins later.
 */
export function pageNow(pageOrigin: Millis = performance.timeOrigin): Millis {
  return performance.now() + performance.timeOrigin - pageOrigin;
}

export function toMicros(millis: Millis): Micros {
  return Math.round(millis * 1000);
}
