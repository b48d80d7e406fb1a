import type { Millis } from "../core/units.ts";
import { type DataValues, MAX_VALUES } from "../data/data_values.ts";

/** One point of the history stands for so much of the source's time. */
export const BIN_MILLIS: Millis = 500;
/** The last five minutes. */
export const HISTORY_BINS = 600;
/** What a point has of the numbers in its half second, in this order. */
export const MEASURES = 3;
const [LOW, HIGH, LAST] = [0, 1, 2] as const;
/** A source whose time goes back by more than ten seconds has begun anew. */
const RESTART_BINS = 20;
/** What a `Date` can hold. */
const LATEST_TIME: Millis = 8.64e15;

/** The numbers of one value, oldest first: one point for each half second that had any. */
export interface Points {
  /** Seconds before the newest message, or before now, from -300 to 0. */
  readonly seconds: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly last: readonly number[];
}

/**
 * The numbers of the last five minutes by the source's time, thinned to their lowest, highest and last in each
 * half second. Of each value it holds 14 kB, of the most values there can be 14 MB. The same numbers may come
 * twice. Viewer and page keep one each.
 */
export class ValueHistory {
  /** By name: a ring of bins with three numbers each, NaN in an empty one. */
  readonly #rings = new Map<string, Float64Array<ArrayBuffer>>();
  /** The number of the newest bin since 1970; undefined before the first message. */
  #newest: number | undefined;

  /** The number of the newest bin. */
  get newest(): number | undefined {
    return this.#newest;
  }

  get names(): Iterable<string> {
    return this.#rings.keys();
  }

  get bytes(): number {
    return this.#rings.size * HISTORY_BINS * MEASURES * Float64Array.BYTES_PER_ELEMENT;
  }

  has(name: string): boolean {
    return this.#rings.has(name);
  }

  push(values: DataValues, time: Millis): void {
    const bin = this.#open(time);
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "number") this.#add(name, bin, value);
    }
  }

  clear(): void {
    this.#rings.clear();
    this.#newest = undefined;
  }

  points(name: string): Points {
    const all = this.take(name);
    const filled = Array.from({ length: HISTORY_BINS }, (_, bin) => bin)
      .filter((bin) => !Number.isNaN(all[bin * MEASURES + LAST]!));
    const read = (measure: number) => filled.map((bin) => all[bin * MEASURES + measure]!);
    return {
      seconds: filled.map((bin) => (bin - HISTORY_BINS + 1) * BIN_MILLIS / 1000),
      low: read(LOW),
      high: read(HIGH),
      last: read(LAST),
    };
  }

  /** A copy of all bins of a value, oldest first; NaN where there are no numbers. */
  take(name: string): Float64Array<ArrayBuffer> {
    const all = new Float64Array(HISTORY_BINS * MEASURES).fill(NaN);
    const ring = this.#rings.get(name);
    if (!ring || this.#newest === undefined) return all;
    const oldest = placeOf(this.#newest + 1);
    all.set(ring.subarray(oldest));
    all.set(ring.subarray(0, oldest), all.length - oldest);
    return all;
  }

  /** Takes over the bins of a value, oldest first, of which the last is the bin `newest`. */
  put(name: string, bins: Float64Array, newest: number): void {
    const time = newest * BIN_MILLIS;
    this.#open(time);
    const first = newest - bins.length / MEASURES + 1;
    for (let at = 0; at < bins.length; at += MEASURES) {
      const bin = first + at / MEASURES;
      if (Number.isNaN(bins[at + LAST]!) || bin <= this.#newest! - HISTORY_BINS) continue;
      this.#add(name, bin, bins[at + LOW]!);
      this.#add(name, bin, bins[at + HIGH]!);
      this.#add(name, bin, bins[at + LAST]!);
    }
  }

  /** @returns the bin of this time, made the newest one unless the time went back a little. */
  #open(time: Millis): number {
    const inRange = Math.min(Math.max(time, -LATEST_TIME), LATEST_TIME);
    const bin = Math.floor(inRange / BIN_MILLIS);
    if (this.#newest !== undefined && bin < this.#newest - RESTART_BINS) this.clear();
    const before = this.#newest ?? bin;
    if (bin > before) this.#empty(Math.max(before + 1, bin - HISTORY_BINS + 1), bin);
    this.#newest = Math.max(before, bin);
    return bin;
  }

  #empty(first: number, last: number): void {
    for (const ring of this.#rings.values()) {
      for (let bin = first; bin <= last; bin++) {
        const at = placeOf(bin);
        ring.fill(NaN, at, at + MEASURES);
      }
    }
  }

  #add(name: string, bin: number, value: number): void {
    const ring = this.#rings.get(name) ?? this.#begin(name);
    if (!ring) return;
    const at = placeOf(bin);
    const isEmpty = Number.isNaN(ring[at + LAST]!);
    ring[at + LOW] = isEmpty ? value : Math.min(ring[at + LOW]!, value);
    ring[at + HIGH] = isEmpty ? value : Math.max(ring[at + HIGH]!, value);
    ring[at + LAST] = value;
  }

  #begin(name: string): Float64Array<ArrayBuffer> | undefined {
    if (this.#rings.size >= MAX_VALUES) return undefined;
    const ring = new Float64Array(HISTORY_BINS * MEASURES).fill(NaN);
    this.#rings.set(name, ring);
    return ring;
  }
}

/** The same points by a clock that is `seconds` further on: those that are too old by then are left out. */
export function agedBy(points: Points, seconds: number): Points {
  const oldest = -HISTORY_BINS * BIN_MILLIS / 1000;
  const shifted = points.seconds.map((second) => second - seconds);
  const firstKept = shifted.findIndex((second) => second >= oldest);
  const from = firstKept === -1 ? shifted.length : firstKept;
  return {
    seconds: shifted.slice(from),
    low: points.low.slice(from),
    high: points.high.slice(from),
    last: points.last.slice(from),
  };
}

/** Where a bin is in a ring. */
function placeOf(bin: number): number {
  return ((bin % HISTORY_BINS) + HISTORY_BINS) % HISTORY_BINS * MEASURES;
}
