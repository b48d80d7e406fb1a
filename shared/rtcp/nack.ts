import { toSequenceNumber } from "../core/seq.ts";
import type { ExtendedSequence } from "../core/units.ts";

/** Asks for packets of one stream once more (generic NACK, RFC 4585 section 6.2.1). */
export interface Nack {
  readonly type: "nack";
  /** The listener's. */
  readonly ssrc: number;
  /** Of the stream the packets are missing from. */
  readonly mediaSsrc: number;
  /**
   * To be written: extended, ascending; what does not fit {@linkcode MAX_NACK_ENTRIES} is left out.
   * As read: 16 bits, wrapped.
   */
  readonly sequences: readonly ExtendedSequence[];
}

/** RTCP header, SSRC of the listener, SSRC of the stream. */
const HEADER_BYTES = 12;
/** Version 2, format 1, packet type 205: what a generic NACK begins with. */
const FIRST_BYTES = 0x81cd;
/** Each entry names a packet and which of the 16 after it are asked for too. */
const ENTRY_BYTES = 4;
const FOLLOWERS = 16;
/**
 * No request is larger, so that one for each channel and a report fit a datagram: what is left out is
 * asked for the next time, or is too late anyway.
 */
export const MAX_NACK_ENTRIES = 48;

export function writeNack({ ssrc, mediaSsrc, sequences }: Nack): Uint8Array {
  const entries = packEntries(sequences);
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + entries.length * ENTRY_BYTES));
  view.setUint16(0, FIRST_BYTES);
  // Counted in words of 32 bits, less one (RFC 3550 section 6.4.1).
  view.setUint16(2, view.byteLength / 4 - 1);
  view.setUint32(4, ssrc);
  view.setUint32(8, mediaSsrc);
  for (const [index, { first, followers }] of entries.entries()) {
    view.setUint16(HEADER_BYTES + index * ENTRY_BYTES, toSequenceNumber(first));
    view.setUint16(HEADER_BYTES + index * ENTRY_BYTES + 2, followers);
  }
  return new Uint8Array(view.buffer);
}

/** @param view one generic NACK, known to be whole; padding is left unread. */
export function readNack(view: DataView, paddingBytes: number): Nack {
  const sequences: number[] = [];
  const end = view.byteLength - paddingBytes;
  for (let at = HEADER_BYTES; at + ENTRY_BYTES <= end; at += ENTRY_BYTES) {
    sequences.push(...unpackEntry(view.getUint16(at), view.getUint16(at + 2)));
  }
  return { type: "nack", ssrc: view.getUint32(4), mediaSsrc: view.getUint32(8), sequences };
}

interface Entry {
  /** PID: a packet that is asked for. */
  readonly first: ExtendedSequence;
  /** BLP: a bit for each of the 16 after it, the lowest for the next. */
  followers: number;
}

/** Extended numbers keep their order across the wrap, so nothing here needs to know of it. */
function packEntries(sequences: readonly ExtendedSequence[]): Entry[] {
  const entries: Entry[] = [];
  for (const sequence of sequences) {
    const current = entries.at(-1);
    const distance = current ? (sequence as number) - (current.first as number) : Infinity;
    if (distance > 0 && distance <= FOLLOWERS) current!.followers |= 1 << (distance - 1);
    else if (entries.length === MAX_NACK_ENTRIES) break;
    else if (distance !== 0) entries.push({ first: sequence, followers: 0 });
  }
  return entries;
}

function unpackEntry(first: number, followers: number): number[] {
  const numbers = [first];
  for (let bit = 0; bit < FOLLOWERS; bit++) {
    if ((followers >> bit & 1) === 1) numbers.push(toSequenceNumber(first + bit + 1));
  }
  return numbers;
}
