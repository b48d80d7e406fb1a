import type { Millis } from "../../../../shared/core/units.ts";

const WINDOW_MILLIS: Millis = 2000;
const MAX_ENTRIES = 1000;

export interface Rate {
  /** In a second. */
  readonly count: number;
  /** Bits in a second. */
  readonly bitrate: number;
}

/** How many packets or pictures leave in a second, and how many bits, over the last two seconds. */
export class RateMeter {
  #entries: { readonly at: Millis; readonly bytes: number }[] = [];

  add(bytes: number, now: Millis): void {
    this.#entries.push({ at: now, bytes });
    this.#forget(now);
  }

  rate(now: Millis): Rate {
    this.#forget(now);
    const seconds = WINDOW_MILLIS / 1000;
    const bytes = this.#entries.reduce((sum, entry) => sum + entry.bytes, 0);
    return { count: this.#entries.length / seconds, bitrate: bytes * 8 / seconds };
  }

  #forget(now: Millis): void {
    const kept = this.#entries.findIndex(({ at }) => now - at < WINDOW_MILLIS);
    this.#entries.splice(0, kept < 0 ? this.#entries.length : kept);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
  }
}
