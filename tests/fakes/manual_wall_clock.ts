import type { Clock, WallClock } from "../../shared/driver/clock.ts";
import type { Millis, WallMillis } from "../../shared/core/units.ts";

/** A time of day that follows another clock until it is set. */
export class ManualWallClock implements WallClock {
  readonly #clock: Pick<Clock, "now">;
  #ahead: Millis = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  now(): WallMillis {
    return this.#clock.now() + this.#ahead;
  }

  /** Sets the clock forward, or back by a negative value; sleep also sets it forward. */
  step(millis: Millis): void {
    this.#ahead += millis;
  }
}
