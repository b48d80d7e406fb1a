import { deflateSync, Inflate } from "fflate";
import { concat, viewOf } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { SIGNATURE_BYTES } from "../secrecy/ciphers.ts";
import { type EventSigner, type EventVerifier, sign, verify } from "../secrecy/signed_event.ts";
import { MAX_EVENT_BYTES, parseEvent, parseEventCount, type TimelineEvent } from "./event.ts";

/**
 * Blocks of past events: up to 64 consecutive entries of the timeline, deflated and signed together, so that
 * a late joiner fetches a quarter of the bytes and checks one signature instead of 64. On the wire a block is
 *
 *     signature (64; absent in a broadcast in clear)
 *     count of the first entry (6) | number of entries (1) | entries, deflated (RFC 1951)
 *
 * Inflated, each entry is its JSON and a newline. The signature covers all that follows it.
 */

/** The most entries of a block; the first full blocks begin at counts 1, 65 and 129. */
export const BLOCK_ENTRIES = 64;

const COUNT_BYTES = 6;
const HEAD_BYTES = COUNT_BYTES + 1;
const NEWLINE = 10;
const MAX_INFLATED_BYTES = BLOCK_ENTRIES * (MAX_EVENT_BYTES + 1);
/** What deflating adds at most to bytes that it can't make shorter. */
const MAX_DEFLATE_OVERHEAD = 64;
/** The longest block. */
export const MAX_BLOCK_BYTES = SIGNATURE_BYTES + HEAD_BYTES + MAX_INFLATED_BYTES +
  MAX_DEFLATE_OVERHEAD;
/** Inflated bytes are counted after each piece; a piece can't become more than 1032 times as long. */
const PIECE_BYTES = 4096;

/** An entry of a block. */
export interface PastEntry {
  readonly count: number;
  /** Its JSON, as an RTP packet carries it, without a signature. */
  readonly payload: Uint8Array;
  /** Absent when only its count can be read, because a later version of the host wrote it. */
  readonly event?: TimelineEvent;
}

/** The count of the first entry of the block that holds the entry `count`. */
export function blockStart(count: number): number {
  return count - (count - 1) % BLOCK_ENTRIES;
}

/**
 * @param entries one to {@linkcode BLOCK_ENTRIES} entries as JSON, with counts from `firstCount` on.
 * @param signer absent when the broadcast is sent in clear.
 */
export function writeBlock(
  firstCount: number,
  entries: readonly Uint8Array[],
  signer: EventSigner | undefined,
): Uint8Array {
  if (entries.length < 1 || entries.length > BLOCK_ENTRIES) {
    throw new RangeError(`A block has 1 to ${BLOCK_ENTRIES} entries, not ${entries.length}`);
  }
  const newline = Uint8Array.of(NEWLINE);
  const deflated = deflateSync(concat(...entries.flatMap((entry) => [entry, newline])));
  const bytes = concat(writeHead(firstCount, entries.length), deflated);
  return signer ? sign("events", signer, bytes) : bytes;
}

/**
 * Verifies and reads a block.
 *
 * @param verifier absent when the broadcast is sent in clear.
 * @returns its entries, with consecutive counts; junk when any of them is wrong.
 */
export function readBlock(
  block: Uint8Array,
  verifier: EventVerifier | undefined,
): Parsed<readonly PastEntry[]> {
  if (block.length > MAX_BLOCK_BYTES) return junk("malformedBlock");
  const opened = verifier ? verify("events", verifier, block) : parsed(block);
  if (!opened.ok) return opened;
  const head = readHead(opened.value);
  const inflated = head && inflate(opened.value.subarray(HEAD_BYTES));
  const lines = inflated && splitLines(inflated);
  if (!lines || lines.length !== head.entryCount) return junk("malformedBlock");
  return readEntries(lines, head.firstCount);
}

function writeHead(firstCount: number, entryCount: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  const view = viewOf(head);
  view.setUint16(0, Math.floor(firstCount / 2 ** 32));
  view.setUint32(2, firstCount % 2 ** 32);
  view.setUint8(COUNT_BYTES, entryCount);
  return head;
}

function readHead(
  bytes: Uint8Array,
): { readonly firstCount: number; readonly entryCount: number } | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const view = viewOf(bytes);
  const firstCount = view.getUint16(0) * 2 ** 32 + view.getUint32(2);
  const entryCount = view.getUint8(COUNT_BYTES);
  const isPossible = firstCount >= 1 && entryCount >= 1 && entryCount <= BLOCK_ENTRIES;
  return isPossible ? { firstCount, entryCount } : undefined;
}

/** @returns undefined when it is no deflate stream, or longer than any entries could be. */
function inflate(deflated: Uint8Array): Uint8Array | undefined {
  const pieces: Uint8Array[] = [];
  let [length, isWhole] = [0, false];
  const inflater = new Inflate((piece, isLast) => {
    length += piece.length;
    isWhole ||= isLast;
    pieces.push(piece);
  });
  try {
    for (let at = 0; at < deflated.length && length <= MAX_INFLATED_BYTES; at += PIECE_BYTES) {
      const end = at + PIECE_BYTES;
      inflater.push(deflated.subarray(at, end), end >= deflated.length);
    }
  } catch {
    return undefined;
  }
  return isWhole && length <= MAX_INFLATED_BYTES ? concat(...pieces) : undefined;
}

/** @returns undefined when the last line has no newline, or there are too many lines. */
function splitLines(bytes: Uint8Array): Uint8Array[] | undefined {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    if (lines.length === BLOCK_ENTRIES) return undefined;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return start === bytes.length ? lines : undefined;
}

function readEntries(
  lines: readonly Uint8Array[],
  firstCount: number,
): Parsed<readonly PastEntry[]> {
  const entries: PastEntry[] = [];
  for (const [index, payload] of lines.entries()) {
    const entry = readEntry(payload);
    if (!entry || entry.count !== firstCount + index) return junk("malformedBlock");
    entries.push(entry);
  }
  return parsed(entries);
}

function readEntry(payload: Uint8Array): PastEntry | undefined {
  const event = parseEvent(payload);
  if (event.ok) return { count: event.value.count, payload, event: event.value };
  const count = parseEventCount(payload);
  return count.ok ? { count: count.value, payload } : undefined;
}
