import { setImmediate } from "node:timers";
import type { Clock, WallClock } from "../driver/clock.ts";
import type { Millis } from "../core/units.ts";

/** The longest possible timer. */
const LONGEST_TIMER_MILLIS = 2 ** 31 - 1;
/**
 * While there is something to do, the runtime asks the system for input on every 61st round of its loop. So
 * many rounds take a quarter of a millisecond; the shortest timer takes two.
 */
const ROUNDS = 64;
/** Rounds that take longer are full of input already. */
const LONGEST_WAY_MILLIS: Millis = 1;

/** The machine's monotonic clock, from the Unix epoch as the time of day was when the program began. */
export const systemClock: Clock = {
  now(): Millis {
    return performance.timeOrigin + performance.now();
  },

  sleepUntil(deadline: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const remaining = Math.min(Math.max(deadline - systemClock.now(), 0), LONGEST_TIMER_MILLIS);
      const timer = setTimeout(finish, remaining);
      signal.addEventListener("abort", finish, { once: true });
      function finish() {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        resolve();
      }
    });
  },

  async giveWay(signal: AbortSignal): Promise<void> {
    const until = systemClock.now() + LONGEST_WAY_MILLIS;
    for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
      if (systemClock.now() > until) return;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  },
};

/** The machine's time of day. */
export const systemWallClock: WallClock = { now: () => Date.now() };
