import type { Millis } from "../../shared/core/units.ts";

/** How many of the last readings count: the two clocks drift apart, so old ones mislead. */
const READINGS = 60;
/** When this many in a row are this much later than the best one, a clock was set or stood still. */
const READINGS_THAT_AGREE = 3;
const JUMP_MILLIS: Millis = 500;

/**
 * The origin's clock, as an edge knows it. Each message that tells it is late by the time it was under way, so
 * the reading with the shortest way is the best. No way becomes longer by half a second for good: then the
 * machine of the origin slept, or this one's clock was set, and earlier readings count no more.
 */
export class OriginClock {
  /** Edge's clock minus origin's, of each reading. */
  #offsets: Millis[] = [];
  #offset: Millis = 0;

  /** @param originNow what the origin's clock showed when the message was sent, which arrived at `now`. */
  onReading(originNow: Millis, now: Millis): void {
    this.#offsets.push(now - originNow);
    if (this.#offsets.length > READINGS) this.#offsets.shift();
    const latest = this.#offsets.slice(-READINGS_THAT_AGREE);
    const hasJumped = latest.length === READINGS_THAT_AGREE &&
      Math.min(...latest) > Math.min(...this.#offsets) + JUMP_MILLIS;
    if (hasJumped) this.#offsets = latest;
    this.#offset = Math.min(...this.#offsets);
  }

  /** What the origin's clock shows at `now` of the edge's clock. */
  at(now: Millis): Millis {
    return now - this.#offset;
  }
}
