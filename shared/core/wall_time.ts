import type { Millis, WallMillis } from "./units.ts";

/**
 * The time of day for a core. The core's own time starts as the time of day, but does not follow
 * when the machine's clock is set, and may stop while the machine sleeps.
 */
export class WallTime {
  #ahead: Millis = 0;

  /**
   * @returns how far the clock was set since the last call, or how long the machine slept while the core's own
   * time stood still, in milliseconds; negative when the clock was set back.
   */
  tell(wallNow: WallMillis, now: Millis): Millis {
    const ahead = wallNow - now;
    const step = ahead - this.#ahead;
    this.#ahead = ahead;
    return step;
  }

  /** The time of day at a moment of the core's time. */
  at(now: Millis): WallMillis {
    return now + this.#ahead;
  }

  /** The core's time at a time of day, unless the clock is set before then. */
  momentOf(wall: WallMillis): Millis {
    return wall - this.#ahead;
  }
}
