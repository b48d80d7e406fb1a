import { concat } from "../core/bytes.ts";

/**
 * How important a text is: a `status` is replaced by the next one, so leaving it out does little harm;
 * `news` are printed only once.
 */
export type Worth = "news" | "status";

/** The number of lines that were left out. */
export interface LeftOut {
  readonly news: number;
  readonly status: number;
}

interface Item {
  readonly bytes: Uint8Array;
  readonly worth: Worth;
  readonly lines: number;
}

const ITEM_OVERHEAD_BYTES = 64;
/** A status is left out when the queue is fuller than this, to keep room for news. */
const STATUS_SHARE = 0.5;

const encoder = new TextEncoder();

/**
 * A bounded queue of text for a slow reader. The order is kept, and each text is kept whole or left out
 * whole. When the queue is full, all status texts are left out first, then the oldest news.
 */
export class OutputQueue {
  readonly #capacityBytes: number;
  #items: Item[] = [];
  #bytes = 0;
  #leftOut = { news: 0, status: 0 };

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** What is queued takes this much, with a little for each text. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The share of it that is used. */
  get fullness(): number {
    return this.#bytes / this.#capacityBytes;
  }

  push(text: string, worth: Worth): void {
    if (text === "") return;
    const item = { bytes: encoder.encode(text), worth, lines: countLines(text) };
    const room = this.#capacityBytes * (worth === "status" ? STATUS_SHARE : 1);
    if (worth === "news") this.#makeRoom(room - sizeOf(item));
    if (this.#bytes + sizeOf(item) > room) return this.#leave(item);
    this.#items.push(item);
    this.#bytes += sizeOf(item);
  }

  /** As many of the next texts as fit in `maxBytes`, but at least one; undefined when empty. */
  take(maxBytes: number): Chunk | undefined {
    const first = this.#items[0];
    if (!first) return undefined;
    let [count, size] = [1, first.bytes.length];
    for (; count < this.#items.length; count++) {
      const { length } = this.#items[count]!.bytes;
      if (size + length > maxBytes) break;
      size += length;
    }
    return new Chunk(this.#remove(count));
  }

  /** What was left out since the last call. */
  takeLeftOut(): LeftOut {
    const leftOut = this.#leftOut;
    this.#leftOut = { news: 0, status: 0 };
    return leftOut;
  }

  /** Counts a chunk that was taken but could not be written as left out. */
  lose(chunk: Chunk): void {
    for (const item of chunk.items) this.#leave(item);
  }

  /** Leaves out all that is queued, since nobody will read it. */
  loseAll(): void {
    for (const item of this.#remove(this.#items.length)) this.#leave(item);
  }

  #makeRoom(bytes: number): void {
    if (this.#bytes <= bytes) return;
    const kept = this.#items.filter(({ worth }) => worth === "news");
    for (const item of this.#items) if (item.worth === "status") this.#leave(item);
    this.#items = kept;
    this.#bytes = kept.reduce((sum, item) => sum + sizeOf(item), 0);
    let count = 0;
    for (let left = this.#bytes; left > bytes && count < kept.length; count++) {
      left -= sizeOf(kept[count]!);
    }
    for (const item of this.#remove(count)) this.#leave(item);
  }

  #remove(count: number): Item[] {
    const removed = this.#items.splice(0, count);
    this.#bytes -= removed.reduce((sum, item) => sum + sizeOf(item), 0);
    return removed;
  }

  #leave({ worth, lines }: Item): void {
    this.#leftOut[worth] += lines;
  }
}

/** Whole texts to be written in one call. */
export class Chunk {
  readonly bytes: Uint8Array;

  constructor(readonly items: readonly Item[]) {
    this.bytes = concat(...items.map(({ bytes }) => bytes));
  }
}

function sizeOf({ bytes }: Item): number {
  return bytes.length + ITEM_OVERHEAD_BYTES;
}

/** A status on a terminal has no line end but counts as a line. */
function countLines(text: string): number {
  return Math.max(text.split("\n").length - 1, 1);
}
