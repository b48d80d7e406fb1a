import type { Millis } from "../../../shared/core/units.ts";

const SECOND_MILLIS: Millis = 1000;

/** At most so many in any second, whenever that second begins. */
export class SecondLimit {
  readonly #most: number;
  /** What left within the last second, in order. */
  readonly #left: { readonly at: Millis; readonly count: number }[] = [];
  #sum = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many more may leave now. */
  free(now: Millis): number {
    while (this.#left[0] && this.#left[0].at <= now - SECOND_MILLIS) {
      this.#sum -= this.#left.shift()!.count;
    }
    return this.#most - this.#sum;
  }

  /** When so many may leave, if none leaves before; at most the limit itself. */
  freeAt(count: number): Millis {
    let free = this.#most - this.#sum;
    let freeAt = -Infinity;
    for (const { at, count: left } of this.#left) {
      if (free >= count) break;
      free += left;
      freeAt = at + SECOND_MILLIS;
    }
    return freeAt;
  }

  onLeft(count: number, now: Millis): void {
    this.#left.push({ at: now, count });
    this.#sum += count;
  }
}
