import type { Millis } from "../../../shared/core/units.ts";
import { medianSlope } from "./median_slope.ts";

/** The span of time that each minimum covers. */
const BUCKET_MILLIS: Millis = 10_000;
/** How many of the newest minima count: a path that became slower is followed within two minutes. */
const BUCKETS = 12;
/** Over a shorter time, jitter looks like clock drift. */
const SHORTEST_FIT_MILLIS: Millis = 60_000;
/** Twice the drift of a bad pair of clocks; a steeper slope is caused by the path. */
const STEEPEST_SLOPE = 200e-6;

/** The fastest packet of one span. */
interface Minimum {
  readonly since: Millis;
  mediaTime: Millis;
  transit: Millis;
}

/**
 * Maps media time to this machine's clock, by the fastest packets: their `arrival - media time` (transit) is
 * that of a path without queues. The two clocks never run equally fast, so these minima lie on a slope.
 * The slope is fitted, and the map is the highest line of that slope with no recent packet below it. The
 * map follows hours of drift without lag, and is never later than the fastest packet.
 */
export class PlayoutClock {
  #minima: Minimum[] = [];
  /** The rate of this machine's clock against media time, minus 1. */
  #slope = 0;
  /** The line's transit at media time 0; Infinity before the first packet. */
  #offset: Millis = Infinity;
  #newestMediaTime: Millis = -Infinity;

  /** The transit that packets of the newest media time have at least; Infinity before the first packet. */
  get lowestTransit(): Millis {
    return this.#minima.length === 0
      ? Infinity
      : this.#offset + this.#slope * this.#newestMediaTime;
  }

  /** How much faster this machine's clock runs than the host's, as a fraction: 100 ppm is 1e-4. */
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
   * Begins again from this packet: the path has changed, so earlier minima are wrong. The slope stays,
   * since the clocks are the same.
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
      const slope = medianSlope(
        this.#minima.map(({ mediaTime, transit }) => ({ at: mediaTime, height: transit })),
      );
      this.#slope = Math.max(-STEEPEST_SLOPE, Math.min(slope, STEEPEST_SLOPE));
    }
    this.#offset = Math.min(...this.#minima.map((minimum) => this.#heightOf(minimum)));
  }

  #heightOf({ mediaTime, transit }: Pick<Minimum, "mediaTime" | "transit">): Millis {
    return transit - this.#slope * mediaTime;
  }
}
