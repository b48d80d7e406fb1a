import type { Millis } from "../shared/core/units.ts";

/** Each minimum covers this long; the four newest count, so drift is followed within two minutes. */
const BUCKET_MILLIS: Millis = 30_000;
const BUCKETS = 4;

interface Bucket {
  readonly since: Millis;
  lowest: Millis;
}

/**
 * Maps media time to our clock by the fastest packets: the lowest of `arrival - media time` of the
 * last two minutes is a path without queues. It absorbs the difference of the two clocks, and as
 * old minima are forgotten also their drift.
 */
export class PlayoutClock {
  #buckets: Bucket[] = [];
  #lowest: Millis = Infinity;

  /** Infinity until the first packet. */
  get lowestTransit(): Millis {
    return this.#lowest;
  }

  onPacket(mediaTime: Millis, arrivedAt: Millis): void {
    const transit = arrivedAt - mediaTime;
    const current = this.#buckets.at(-1);
    if (current === undefined || arrivedAt - current.since >= BUCKET_MILLIS) {
      this.#buckets.push({ since: arrivedAt, lowest: transit });
      if (this.#buckets.length > BUCKETS) this.#buckets.shift();
      this.#lowest = Math.min(...this.#buckets.map(({ lowest }) => lowest));
    } else if (transit < current.lowest) {
      current.lowest = transit;
      this.#lowest = Math.min(this.#lowest, transit);
    }
  }

  /** Begins anew from this packet: the path has changed, and what was measured is no more. */
  restart(mediaTime: Millis, arrivedAt: Millis): void {
    this.#buckets = [];
    this.onPacket(mediaTime, arrivedAt);
  }
}
