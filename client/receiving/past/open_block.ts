import { concat } from "../../../shared/core/bytes.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { PastEntry } from "../../../shared/event/blocks.ts";
import type { PastFragment } from "../../../shared/rtcp/past_messages.ts";

/** A block without result is asked for again after this time, which doubles each time. */
const BACKOFF = { first: 50, longest: 3000 };

/** A block that is being fetched. */
export class OpenBlock {
  /** Once all fragments have come and the block was verified. */
  entries: readonly PastEntry[] | undefined;
  #parts: (Uint8Array | undefined)[] = [];
  #fragmentCount: number | undefined;
  /** Until when it is left alone because no fragment came, and how often none did. */
  #silentUntil: Millis = -Infinity;
  #silences = 0;
  /** The same because its fragments made no block of the host's; what comes next does not end this. */
  #spoiledUntil: Millis = -Infinity;
  #spoiled = 0;

  constructor(readonly firstCount: number) {}

  /** When it may be asked for. */
  get waitsUntil(): Millis {
    return this.entries ? Infinity : Math.max(this.#silentUntil, this.#spoiledUntil);
  }

  /** @param usual the number of fragments of other blocks, while that of this one is not known. */
  missing(usual: number): number[] {
    // A block that gave nothing is only probed.
    const unknown = this.#silences + this.#spoiled > 0 ? 1 : usual;
    const indexes = Array.from({ length: this.#fragmentCount ?? unknown }, (_, index) => index);
    return indexes.filter((index) => !this.#parts[index]);
  }

  has(index: number): boolean {
    return this.#parts[index] !== undefined;
  }

  /** Whether no fragment with this index can come, as far as is known. */
  isBeyond(index: number): boolean {
    return this.#fragmentCount !== undefined && index >= this.#fragmentCount;
  }

  /** @returns false when the fragment contradicts earlier ones; all of them are dropped then. */
  take({ index, fragmentCount, bytes }: PastFragment, now: Millis): boolean {
    if (this.#fragmentCount !== undefined && this.#fragmentCount !== fragmentCount) {
      this.fail(now);
      return false;
    }
    this.#fragmentCount = fragmentCount;
    this.#parts[index] = bytes;
    this.#silences = 0;
    this.#silentUntil = -Infinity;
    return true;
  }

  /** The whole block; undefined while a fragment is missing. */
  get bytes(): Uint8Array | undefined {
    const parts = this.#parts.filter((part) => part !== undefined);
    return parts.length === this.#fragmentCount ? concat(...parts) : undefined;
  }

  finish(entries: readonly PastEntry[]): void {
    this.entries = entries;
    this.#parts = [];
  }

  /** The fragments are not those of a block of the host: it begins anew. */
  fail(now: Millis): void {
    this.#parts = [];
    this.#fragmentCount = undefined;
    this.#spoiledUntil = now + backOffTime(this.#spoiled++);
  }

  /** Nothing came that was asked for. */
  backOff(now: Millis): void {
    this.#silentUntil = now + backOffTime(this.#silences++);
  }
}

function backOffTime(failures: number): Millis {
  return Math.min(BACKOFF.first * 2 ** failures, BACKOFF.longest);
}
