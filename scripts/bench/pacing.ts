import type { ClockRate, Millis } from "../../shared/core/units.ts";
import { TimestampUnwrapper } from "../../shared/core/seq.ts";
import { ticksToMillis } from "../../shared/core/units.ts";
import type { SoundArrival } from "./light_listener.ts";

/** How far packets arrived from their schedule, in milliseconds. */
export interface PacingError {
  readonly packets: number;
  readonly p50: Millis;
  readonly p99: Millis;
  readonly worst: Millis;
  /** The median error of the second half minus that of the first: shows a drifting schedule. */
  readonly drift: Millis;
}

/**
 * The error of a packet is its arrival minus its media time, compared with the earliest of all packets:
 * on an absolute schedule no packet can be early.
 */
export function pacingError(arrivals: readonly SoundArrival[], clockRate: ClockRate): PacingError {
  const unwrapper = new TimestampUnwrapper();
  const offsets = arrivals.map(({ at, timestamp }) =>
    at - ticksToMillis(unwrapper.unwrap(timestamp), clockRate)
  );
  const earliest = Math.min(...offsets);
  const errors = offsets.map((offset) => offset - earliest);
  const middle = Math.floor(errors.length / 2);
  return {
    packets: errors.length,
    p50: quantile(errors, 0.5),
    p99: quantile(errors, 0.99),
    worst: quantile(errors, 1),
    drift: quantile(errors.slice(middle), 0.5) - quantile(errors.slice(0, middle), 0.5),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
