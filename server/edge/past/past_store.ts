import { BLOCK_ENTRIES, MAX_BLOCK_BYTES } from "../../../shared/event/blocks.ts";
import { PAST_FRAGMENT_BYTES } from "../../../shared/rtcp/past_messages.ts";

/** More blocks than a timeline has. */
const MAX_BLOCKS = 4096;

/** A piece of a block. */
export interface Fragment {
  readonly fragmentCount: number;
  readonly bytes: Uint8Array;
}

/** The full blocks of past events, as the origin has signed them. */
export class PastStore {
  readonly #blocks = new Map<number, Uint8Array>();
  #byteCount = 0;

  get blockCount(): number {
    return this.#blocks.size;
  }

  /** The bytes of all blocks. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** @returns false when no such block can be: it is not kept then. */
  put(firstCount: number, block: Uint8Array): boolean {
    const isPossible = firstCount >= 1 && (firstCount - 1) % BLOCK_ENTRIES === 0 &&
      block.length > 0 && block.length <= MAX_BLOCK_BYTES;
    const known = this.#blocks.get(firstCount);
    if (!isPossible || !known && this.#blocks.size >= MAX_BLOCKS) return false;
    this.#byteCount += block.length - (known?.length ?? 0);
    this.#blocks.set(firstCount, block);
    return true;
  }

  /** The number of fragments of a block; 0 when there is no such block. */
  fragmentCount(firstCount: number): number {
    return Math.ceil((this.#blocks.get(firstCount)?.length ?? 0) / PAST_FRAGMENT_BYTES);
  }

  /** @returns undefined when there is no such block, or not so many fragments of it. */
  fragment(firstCount: number, index: number): Fragment | undefined {
    const block = this.#blocks.get(firstCount);
    const bytes = block?.subarray(index * PAST_FRAGMENT_BYTES, (index + 1) * PAST_FRAGMENT_BYTES);
    if (!bytes?.length) return undefined;
    return { fragmentCount: this.fragmentCount(firstCount), bytes };
  }
}
