import type { Millis, WallMillis } from "./units.ts";

/**
 * The time of day, as far as a core was told of it. A core's own time begins with it, but is not set when the
 * machine's clock is, and may stand still while the machine sleeps.
 */
export class WallTime {
  #ahead: Millis = 0;

  /**
   * @returns by how much the time of day was set since it was told last, or the machine slept while the
   * core's own time stood still; below 0, it was set back.
   */
  tell(wallNow: WallMillis, now: Millis): Millis {
    const ahead = wallNow - now;
    const step = ahead - this.#ahead;
    this.#ahead = ahead;
    return step;
  }

  /** What the time of day is at a moment of the core's. */
  at(now: Millis): WallMillis {
    return now + this.#ahead;
  }

  /** When it will be so late, unless the clock is set meanwhile. */
  momentOf(wall: WallMillis): Millis {
    return wall - this.#ahead;
  }
}
