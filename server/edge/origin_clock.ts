import type { Millis } from "../../shared/core/units.ts";

/** How many of the last readings count: the two clocks drift apart, so old ones mislead. */
const READINGS = 60;

/**
 * The origin's clock, as an edge knows it. Each message that tells it is late by the time it was under way, so
 * the reading with the shortest way is the best.
 */
export class OriginClock {
  /** Edge's clock minus origin's, of each reading. */
  readonly #offsets: Millis[] = [];
  #offset: Millis = 0;

  /** @param originNow what the origin's clock showed when the message was sent, which arrived at `now`. */
  onReading(originNow: Millis, now: Millis): void {
    this.#offsets.push(now - originNow);
    if (this.#offsets.length > READINGS) this.#offsets.shift();
    this.#offset = Math.min(...this.#offsets);
  }

  /** What the origin's clock shows at `now` of the edge's clock. */
  at(now: Millis): Millis {
    return now - this.#offset;
  }
}
