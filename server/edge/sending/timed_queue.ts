import type { Millis } from "../../../shared/core/units.ts";

interface Entry<Item> {
  readonly at: Millis;
  readonly item: Item;
}

/** Items that wait for their time: the earliest leaves first, and of equal times the one that came first. */
export class TimedQueue<Item> {
  readonly #capacity: number;
  readonly #entries: Entry<Item>[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** When the next item is due; Infinity when none waits. */
  get deadline(): Millis {
    return this.#entries[0]?.at ?? Infinity;
  }

  /** @returns false when the queue is full; the item is not kept then. */
  push(item: Item, at: Millis): boolean {
    if (this.#entries.length >= this.#capacity) return false;
    const later = this.#entries.findIndex((entry) => entry.at > at);
    this.#entries.splice(later < 0 ? this.#entries.length : later, 0, { at, item });
    return true;
  }

  /** @returns an item whose time has come, which leaves the queue; call until undefined. */
  takeDue(now: Millis): Item | undefined {
    return now < this.deadline ? undefined : this.#entries.shift()?.item;
  }
}
