import type { Millis } from "../../../shared/core/units.ts";

interface Entry<Item> {
  readonly at: Millis;
  readonly item: Item;
}

/**
 * When each of many items is due next. Setting a time and taking what is due cost the logarithm of the items
 * that have one; an item that waits for nothing costs nothing.
 */
export class Deadlines<Item extends object> {
  /** A heap: no entry is due before its parent, which is at half its index. */
  readonly #entries: Entry<Item>[] = [];
  /** The time that counts for each item; older entries of it are passed over. */
  readonly #times = new Map<Item, Millis>();

  /** When the next item is due; Infinity when none is. */
  get next(): Millis {
    this.#dropPassedOver();
    return this.#entries[0]?.at ?? Infinity;
  }

  /** An item that is due earlier already stays so: the caller looks at its time again then. */
  bringForward(item: Item, at: Millis): void {
    if (at >= (this.#times.get(item) ?? Infinity)) return;
    this.#times.set(item, at);
    this.#push({ at, item });
  }

  /** @returns an item whose time has come, which has no time any more; call until undefined. */
  takeDue(now: Millis): Item | undefined {
    if (this.next > now) return undefined;
    const { item } = this.#shift();
    this.#times.delete(item);
    return item;
  }

  #dropPassedOver(): void {
    for (let first = this.#entries[0]; first; first = this.#entries[0]) {
      if (this.#times.get(first.item) === first.at) return;
      this.#shift();
    }
  }

  #push(entry: Entry<Item>): void {
    const entries = this.#entries;
    let index = entries.length;
    for (; index > 0; index = (index - 1) >> 1) {
      const parent = entries[(index - 1) >> 1]!;
      if (parent.at <= entry.at) break;
      entries[index] = parent;
    }
    entries[index] = entry;
  }

  #shift(): Entry<Item> {
    const entries = this.#entries;
    const first = entries[0]!;
    const last = entries.pop()!;
    if (entries.length > 0) this.#sink(last);
    return first;
  }

  /** Puts the entry at the first place, and moves it down to where it belongs. */
  #sink(entry: Entry<Item>): void {
    const entries = this.#entries;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child + 1 < entries.length && entries[child + 1]!.at < entries[child]!.at) child++;
      if (child >= entries.length || entries[child]!.at >= entry.at) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = entry;
  }
}
