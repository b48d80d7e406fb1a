import { readClock, type TimelineEvent } from "../shared/event/event.ts";
import type { Millis } from "../shared/core/units.ts";

/** The number of entries that are compared. */
const WINDOW = 8;
/** A shorter time is not enough, because match clocks count whole seconds. */
const SHORTEST_STRETCH_MILLIS = 8000;
const SLOWEST_REAL_TIME = 0.8;
const FASTEST_REAL_TIME = 1.25;

/**
 * Finds out whether the match clock runs as fast as real time, so that the scoreboard may let it run
 * between entries. A simulated match may run at any speed; then the clock changes with entries only.
 */
export class MatchPace {
  readonly #marks: { readonly clockMillis: Millis; readonly time: Millis }[] = [];
  #period = 0;

  /** Takes the next entry. */
  push({ event }: TimelineEvent): void {
    if (event.period !== this.#period) this.#marks.length = 0;
    this.#period = event.period;
    this.#marks.push({ clockMillis: readClock(event.clock), time: event.time });
    if (this.#marks.length > WINDOW) this.#marks.shift();
  }

  get isRealTime(): boolean {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.time - first.time < SHORTEST_STRETCH_MILLIS) return false;
    const pace = (last.clockMillis - first.clockMillis) / (last.time - first.time);
    return pace >= SLOWEST_REAL_TIME && pace <= FASTEST_REAL_TIME;
  }
}
