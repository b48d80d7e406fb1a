import type { Millis } from "./units.ts";

/** Time, handed in. Cores only ever see `now()`'s value; the driver alone waits. */
export interface Clock {
  /** Milliseconds since the Unix epoch, with fractions, never running backwards. */
  now(): Millis;
  /** Resolves at `deadline` or a little after, or as soon as `signal` aborts; never rejects. */
  sleepUntil(deadline: Millis, signal: AbortSignal): Promise<void>;
}
