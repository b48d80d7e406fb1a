import type { Millis, WallMillis } from "../core/units.ts";

/** Time, handed in. Cores only ever see `now()`'s value; the driver alone waits. */
export interface Clock {
  /** Milliseconds since the Unix epoch, with fractions, never running backwards. */
  now(): Millis;
  /** Resolves at `deadline` or a little after, or as soon as `signal` aborts; never rejects. */
  sleepUntil(deadline: Millis, signal: AbortSignal): Promise<void>;
}

/**
 * The time of day, for what was promised by it, such as the end of a token. Unlike a {@linkcode Clock}'s it may
 * be set at any moment, in both directions, and it goes on while the machine sleeps.
 */
export interface WallClock {
  now(): WallMillis;
}
