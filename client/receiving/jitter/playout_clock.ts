import type { Millis } from "../../../shared/core/units.ts";

/** Each minimum covers this long. */
const BUCKET_MILLIS: Millis = 10_000;
/** The newest minima count: a path that became slower is believed within two minutes. */
const BUCKETS = 12;
/** Over less time than this jitter looks like drift. */
const SHORTEST_FIT_MILLIS: Millis = 60_000;
/** Two times what a bad pair of crystals comes to; a steeper slope is the path's doing. */
const STEEPEST_SLOPE = 200e-6;

/** The fastest packet of a while. */
interface Minimum {
  readonly since: Millis;
  mediaTime: Millis;
  transit: Millis;
}

/**
 * Maps media time to our clock by the fastest packets, whose `arrival - media time` is that of a path
 * without queues. Our clock and the host's never run equally fast, so these minima lie on a slope: it
 * is fitted, and the map is the highest line of that slope with no recent packet below it. It
 * follows hours of drift without falling behind, and is never later than the fastest packet.
 */
export class PlayoutClock {
  #minima: Minimum[] = [];
  /** Of our clock against media time, less 1. */
  #slope = 0;
  /** The line's transit at media time 0. */
  #offset: Millis = Infinity;
  #newestMediaTime: Millis = -Infinity;

  /** For the newest packet, and so for all that are played in the next seconds; at first Infinity. */
  get lowestTransit(): Millis {
    return this.#minima.length === 0
      ? Infinity
      : this.#offset + this.#slope * this.#newestMediaTime;
  }

  /** How much faster our clock runs than the host's, as a fraction: 100 ppm is 1e-4. */
  get skew(): number {
    return this.#slope;
  }

  onPacket(mediaTime: Millis, arrivedAt: Millis): void {
    const transit = arrivedAt - mediaTime;
    this.#newestMediaTime = Math.max(this.#newestMediaTime, mediaTime);
    const current = this.#minima.at(-1);
    if (current === undefined || arrivedAt - current.since >= BUCKET_MILLIS) {
      this.#minima.push({ since: arrivedAt, mediaTime, transit });
      if (this.#minima.length > BUCKETS) this.#minima.shift();
      this.#fit();
    } else if (this.#heightOf({ mediaTime, transit }) < this.#heightOf(current)) {
      current.mediaTime = mediaTime;
      current.transit = transit;
      this.#offset = Math.min(this.#offset, this.#heightOf(current));
    }
  }

  /**
   * Begins anew from this packet: the path has changed, and what was measured of it is no more. The
   * clocks are the same as before.
   */
  restart(mediaTime: Millis, arrivedAt: Millis): void {
    this.#minima = [];
    this.#newestMediaTime = -Infinity;
    this.onPacket(mediaTime, arrivedAt);
  }

  #fit(): void {
    const [first] = this.#minima;
    const last = this.#minima.at(-1)!;
    if (last.mediaTime - first!.mediaTime >= SHORTEST_FIT_MILLIS) {
      const slope = medianSlope(this.#minima);
      this.#slope = Math.max(-STEEPEST_SLOPE, Math.min(slope, STEEPEST_SLOPE));
    }
    this.#offset = Math.min(...this.#minima.map((minimum) => this.#heightOf(minimum)));
  }

  #heightOf({ mediaTime, transit }: Pick<Minimum, "mediaTime" | "transit">): Millis {
    return transit - this.#slope * mediaTime;
  }
}

/** Theil and Sen's estimate: the median over all pairs, which a few odd minima don't move. */
function medianSlope(minima: readonly Minimum[]): number {
  const slopes = minima.flatMap((later, index) =>
    minima.slice(0, index)
      .filter(({ mediaTime }) => mediaTime < later.mediaTime)
      .map(({ mediaTime, transit }) => (later.transit - transit) / (later.mediaTime - mediaTime))
  ).sort((one, other) => one - other);
  const middle = slopes.length >> 1;
  return slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2;
}
