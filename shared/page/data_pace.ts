import type { Millis } from "../core/units.ts";

const REMEMBERED = 32;
/** A source that misses this many of its intervals is stale. */
const STALE_INTERVALS = 3;
/** Nothing is stale earlier, however fast a source is: the network may take as long. */
const SHORTEST_STALE_MILLIS: Millis = 1000;

/** Measures how often messages come: by their own times, or by when they came if that is slower. */
export class DataPace {
  #steps: { readonly time: Millis; readonly at: Millis }[] = [];
  #last: { readonly time: Millis; readonly at: Millis } | undefined;
  #known: Millis | undefined;

  /** @param at when it came, by this machine's clock. */
  push(time: Millis, at: Millis): void {
    const last = this.#last;
    this.#last = { time, at };
    if (!last) return;
    // The difference of two times that are finite may be infinite, which JSON can't say.
    const step = Math.min(time - last.time, Number.MAX_VALUE);
    this.#steps.push({ time: step, at: at - last.at });
    if (this.#steps.length > REMEMBERED) this.#steps.shift();
  }

  /** What another has measured; it holds until two messages have come here. */
  assume(interval: Millis | undefined): void {
    this.#known = interval;
  }

  /** The usual time from a message to the next; undefined until it is known. */
  get interval(): Millis | undefined {
    if (this.#steps.length < 2) return this.#known;
    const middle = (field: "time" | "at") =>
      this.#steps.map((step) => step[field]).sort((a, b) => a - b)[this.#steps.length >> 1]!;
    return Math.max(middle("time"), middle("at"), 0);
  }

  /** How old the newest message may be. */
  get patience(): Millis {
    const { interval } = this;
    if (interval === undefined) return Infinity;
    return Math.max(interval * STALE_INTERVALS, SHORTEST_STALE_MILLIS);
  }

  clear(): void {
    this.#steps = [];
    this.#last = this.#known = undefined;
  }
}
