import { BLOCK_ENTRIES, blockStart } from "../../../shared/event/blocks.ts";

/** What proves an entry of the timeline to somebody else: a signature of it alone, or a block that holds it. */
export type Proof =
  | { readonly kind: "signature"; readonly signature: Uint8Array }
  | { readonly kind: "block"; readonly firstCount: number; readonly block: Uint8Array };

/** As many blocks as a timeline has. */
const MAX_BLOCKS = 4096;

/** The host's signatures of all entries that this listener got. A block takes the place of its entries' own. */
export class Proofs {
  readonly #signatures = new Map<number, Uint8Array>();
  readonly #blocks = new Map<number, Uint8Array>();

  /** An entry came alone. @param signature 64 bytes. */
  onEvent(count: number, signature: Uint8Array): void {
    const isKept = this.#blocks.has(blockStart(count)) ||
      this.#signatures.size >= MAX_BLOCKS * BLOCK_ENTRIES;
    if (!isKept) this.#signatures.set(count, signature.slice());
  }

  /** A verified block came. */
  onBlock(firstCount: number, block: Uint8Array): void {
    if (this.#blocks.size >= MAX_BLOCKS && !this.#blocks.has(firstCount)) return;
    this.#blocks.set(firstCount, block);
    for (let count = firstCount; count < firstCount + BLOCK_ENTRIES; count++) {
      this.#signatures.delete(count);
    }
  }

  /** Another timeline begins. */
  clear(): void {
    this.#signatures.clear();
    this.#blocks.clear();
  }

  of(count: number): Proof | undefined {
    const signature = this.#signatures.get(count);
    if (signature) return { kind: "signature", signature };
    const firstCount = blockStart(count);
    const block = this.#blocks.get(firstCount);
    return block && { kind: "block", firstCount, block };
  }
}
