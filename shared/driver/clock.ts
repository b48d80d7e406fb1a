import type { Millis, WallMillis } from "../core/units.ts";

/** A clock that is passed in. Cores get the value of `now()`; only the driver waits. */
export interface Clock {
  /** Milliseconds since the Unix epoch, with fractions, never running backwards. */
  now(): Millis;
  /** Resolves at `deadline` or a little after, or as soon as `signal` aborts; never rejects. */
  sleepUntil(deadline: Millis, signal: AbortSignal): Promise<void>;
  /** Resolves once the runtime has looked for input, for example received datagrams; never rejects. */
  giveWay(signal: AbortSignal): Promise<void>;
}

/**
 * The time of day, for example for the expiry of a token. Unlike the time of a {@linkcode Clock}, it may
 * be set forwards or backwards at any moment, and it goes on while the machine sleeps.
 */
export interface WallClock {
  now(): WallMillis;
}
