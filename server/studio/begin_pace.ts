import type { Millis } from "../../shared/core/units.ts";

/**
 * Each begin and end of a channel is told to every listener, and none may be lost: a listener that is told of
 * hundreds a second loses its connection. A host who stops and starts by hand is slower than this.
 */
const LEAST_APART_MILLIS: Millis = 250;

/** Keeps the channels of one medium from beginning one right after the other. */
export class BeginPace {
  #begunAt: Millis = -Infinity;

  isTooSoon(now: Millis): boolean {
    return now - this.#begunAt < LEAST_APART_MILLIS;
  }

  /** A channel begins. */
  note(now: Millis): void {
    this.#begunAt = now;
  }
}
