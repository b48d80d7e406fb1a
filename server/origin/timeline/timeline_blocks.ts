import { BLOCK_ENTRIES, readBlock } from "../../../shared/event/blocks.ts";
import { parseEvent, type TimelineEvent } from "../../../shared/event/event.ts";
import { SIGNATURE_BYTES } from "../../../shared/secrecy/ciphers.ts";
import type { EventSigner } from "../../../shared/secrecy/signed_event.ts";
import type { LateSignatures, NewEntry, StoredBlock, StoredTimeline } from "./broadcast_store.ts";
import { blockPayload, entryPayload, makeBlock } from "./signatures.ts";

/** An entry as it is sent: signed, unless the broadcast is sent in clear. */
export interface SentEntry {
  readonly count: number;
  readonly payload: Uint8Array;
}

/** The bytes of a timeline: full blocks as they are sent, and the entries after the last of them. */
export class TimelineBlocks {
  /** Called with each block that becomes full. */
  onBlock: (firstCount: number, block: Uint8Array) => void = () => {};
  readonly #signer: EventSigner | undefined;
  readonly #full: Uint8Array[] = [];
  #tail: SentEntry[] = [];
  /** The same entries without signatures. */
  #tailJson: Uint8Array[] = [];

  /** @param late what `kept` lacks. */
  constructor(
    signer: EventSigner | undefined,
    kept?: StoredTimeline,
    late: LateSignatures = { entries: [], blocks: [] },
  ) {
    this.#signer = signer;
    if (!kept) return;
    const blocks = [...kept.blocks, ...late.blocks];
    const byCount = new Map(blocks.map((block) => [block.firstCount, block]));
    const signatures = new Map(late.entries.map(({ count, signature }) => [count, signature]));
    let count = 1;
    for (; count + BLOCK_ENTRIES - 1 <= kept.count; count += BLOCK_ENTRIES) {
      this.#full.push(blockPayload(byCount.get(count)!, signer));
    }
    for (const { json, signature = signatures.get(count) } of kept.entriesFrom(count)) {
      const entry = { json, ...(signature && { signature }) };
      this.#addToTail(count++, json, entryPayload(entry, signer));
    }
  }

  get full(): readonly Uint8Array[] {
    return this.#full;
  }

  get tail(): readonly SentEntry[] {
    return this.#tail;
  }

  /** @returns the blocks that `entries`, which follow the tail, make full. Nothing changes. */
  prepare(entries: readonly NewEntry[]): StoredBlock[] {
    const jsons = [...this.#tailJson, ...entries.map(({ json }) => json)];
    const blocks: StoredBlock[] = [];
    for (let at = 0; at + BLOCK_ENTRIES <= jsons.length; at += BLOCK_ENTRIES) {
      const firstCount = this.#full.length * BLOCK_ENTRIES + at + 1;
      blocks.push(makeBlock(firstCount, jsons.slice(at, at + BLOCK_ENTRIES), this.#signer));
    }
    return blocks;
  }

  /** Takes entries, and the blocks that {@linkcode prepare} has made of them. */
  add(entries: readonly NewEntry[], blocks: readonly StoredBlock[]): void {
    for (const entry of entries) {
      this.#addToTail(entry.entry.count, entry.json, entryPayload(entry, this.#signer));
    }
    this.#tail = this.#tail.slice(blocks.length * BLOCK_ENTRIES);
    this.#tailJson = this.#tailJson.slice(blocks.length * BLOCK_ENTRIES);
    for (const block of blocks) {
      const bytes = blockPayload(block, this.#signer);
      this.#full.push(bytes);
      this.onBlock(block.firstCount, bytes);
    }
  }

  readEntries(): TimelineEvent[] {
    const past = this.#full.flatMap((block) => {
      const read = readBlock(this.#signer ? block.subarray(SIGNATURE_BYTES) : block, undefined);
      return read.ok ? read.value.flatMap(({ event }) => event ? [event] : []) : [];
    });
    const last = this.#tailJson.flatMap((json) => {
      const entry = parseEvent(json);
      return entry.ok ? [entry.value] : [];
    });
    return [...past, ...last];
  }

  #addToTail(count: number, json: Uint8Array, payload: Uint8Array): void {
    this.#tail.push({ count, payload });
    this.#tailJson.push(json);
  }
}
