import { concat } from "../../../shared/core/bytes.ts";
import { BLOCK_ENTRIES, blockStart, writeBlock } from "../../../shared/event/blocks.ts";
import { SIGNATURE_BYTES } from "../../../shared/secrecy/ciphers.ts";
import { type EventSigner, sign } from "../../../shared/secrecy/signed_event.ts";
import type {
  LateSignatures,
  StoredBlock,
  StoredEntry,
  StoredTimeline,
} from "./broadcast_store.ts";

/** @returns the host's signature of an entry. */
export function signatureOf(signer: EventSigner, json: Uint8Array): Uint8Array {
  return sign("event", signer, json).slice(0, SIGNATURE_BYTES);
}

/** @returns the entry as it is sent. @param signer absent when the broadcast is sent in clear. */
export function entryPayload(
  { json, signature }: StoredEntry,
  signer: EventSigner | undefined,
): Uint8Array {
  return signer ? concat(signature ?? signatureOf(signer, json), json) : json;
}

/** @returns the block as it is sent. @param signer absent when the broadcast is sent in clear. */
export function blockPayload(
  { bytes, signature }: StoredBlock,
  signer: EventSigner | undefined,
): Uint8Array {
  return signer ? signature ? concat(signature, bytes) : sign("events", signer, bytes) : bytes;
}

/** Makes a full block of 64 entries, to be stored. */
export function makeBlock(
  firstCount: number,
  entries: readonly Uint8Array[],
  signer: EventSigner | undefined,
): StoredBlock {
  const bytes = writeBlock(firstCount, entries, undefined);
  return signBlock({ firstCount, bytes }, signer);
}

function signBlock(block: StoredBlock, signer: EventSigner | undefined): StoredBlock {
  if (!signer || block.signature) return block;
  const signature = sign("events", signer, block.bytes).slice(0, SIGNATURE_BYTES);
  return { ...block, signature };
}

/**
 * Signs entries that were stored without a signature, and makes the blocks that were not stored: an older version
 * stored neither, nor did a broadcast in clear sign.
 *
 * @returns nothing but what is new.
 */
export function addLateSignatures(
  kept: StoredTimeline,
  signer: EventSigner | undefined,
): LateSignatures {
  const stored = new Map(kept.blocks.map((block) => [block.firstCount, block]));
  const late: { entries: LateSignatures["entries"][number][]; blocks: StoredBlock[] } = {
    entries: [],
    blocks: [],
  };
  const from = firstLacking(kept, stored, signer);
  let jsons: Uint8Array[] = [];
  let count = blockStart(from);
  if (count > kept.count) return late;
  for (const { json, signature } of kept.entriesFrom(count)) {
    if (signer && !signature) late.entries.push({ count, signature: signatureOf(signer, json) });
    jsons.push(json);
    if (count++ % BLOCK_ENTRIES !== 0) continue;
    const firstCount = count - BLOCK_ENTRIES;
    const known = stored.get(firstCount);
    if (!known) late.blocks.push(makeBlock(firstCount, jsons, signer));
    else if (signer && !known.signature) late.blocks.push(signBlock(known, signer));
    jsons = [];
  }
  return late;
}

/** The count from which entries or blocks lack a signature, or blocks are missing. */
function firstLacking(
  { count, firstUnsigned }: StoredTimeline,
  stored: ReadonlyMap<number, StoredBlock>,
  signer: EventSigner | undefined,
): number {
  let first = 1;
  const isThere = (block: StoredBlock | undefined) => block && (!signer || block.signature);
  while (first + BLOCK_ENTRIES - 1 <= count && isThere(stored.get(first))) first += BLOCK_ENTRIES;
  const firstMissing = first + BLOCK_ENTRIES - 1 <= count ? first : Infinity;
  const from = Math.min(firstMissing, signer ? firstUnsigned : Infinity);
  return from === Infinity ? count + BLOCK_ENTRIES + 1 : from;
}
