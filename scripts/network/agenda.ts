import type { Millis } from "../../shared/core/units.ts";

interface Entry<Item> {
  readonly item: Item;
  time: Millis;
  /** Orders items of the same time by arrival. */
  readonly order: number;
  place: number;
}

/** A heap of items, each with one time, which may change. */
export class Agenda<Item> {
  readonly #heap: Entry<Item>[] = [];
  readonly #entries = new Map<Item, Entry<Item>>();
  #orders = 0;

  /** The earliest time; Infinity when there is none. */
  get time(): Millis {
    return this.#heap[0]?.time ?? Infinity;
  }

  /** The earliest item that is due by `now`; it stays until it is given another time. */
  due(now: Millis): Item | undefined {
    const [first] = this.#heap;
    return first && first.time <= now && first.time < Infinity ? first.item : undefined;
  }

  /** Sets the time of an item; Infinity when it waits for nothing. */
  set(item: Item, time: Millis): void {
    let entry = this.#entries.get(item);
    if (!entry) {
      entry = { item, time, order: this.#orders++, place: this.#heap.length };
      this.#entries.set(item, entry);
      this.#heap.push(entry);
    }
    entry.time = time;
    this.#settle(entry);
  }

  delete(item: Item): void {
    const entry = this.#entries.get(item);
    if (!entry) return;
    this.#entries.delete(item);
    const last = this.#heap.pop()!;
    if (last === entry) return;
    this.#put(last, entry.place);
    this.#settle(last);
  }

  #settle(entry: Entry<Item>): void {
    for (let above = (entry.place - 1) >> 1; entry.place > 0; above = (entry.place - 1) >> 1) {
      if (!isBefore(entry, this.#heap[above]!)) break;
      this.#swap(entry, this.#heap[above]!);
    }
    for (let first = this.#firstBelow(entry); first; first = this.#firstBelow(entry)) {
      if (!isBefore(first, entry)) break;
      this.#swap(entry, first);
    }
  }

  #firstBelow({ place }: Entry<Item>): Entry<Item> | undefined {
    const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
    return right && isBefore(right, left!) ? right : left;
  }

  #swap(one: Entry<Item>, other: Entry<Item>): void {
    const { place } = one;
    this.#put(one, other.place);
    this.#put(other, place);
  }

  #put(entry: Entry<Item>, place: number): void {
    entry.place = place;
    this.#heap[place] = entry;
  }
}

function isBefore<Item>(one: Entry<Item>, other: Entry<Item>): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}
