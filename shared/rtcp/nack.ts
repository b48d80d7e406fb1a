import { packets } from "rtp.js";
import { toSequenceNumber } from "../core/seq.ts";
import type { ExtendedSequence } from "../core/units.ts";
import type { MessageFormat } from "./message_format.ts";

/** Requests lost packets of one stream (generic NACK, RFC 4585 section 6.2.1). */
export interface Nack {
  readonly type: "nack";
  /** The listener's. */
  readonly ssrc: number;
  /** Of the stream. */
  readonly mediaSsrc: number;
  /**
   * To be written: extended and ascending; entries beyond {@linkcode MAX_NACK_ENTRIES} are left out.
   * As read: 16 bits, wrapped.
   */
  readonly sequences: readonly ExtendedSequence[];
}

/** RTCP header, SSRC of the listener, SSRC of the stream. */
const HEADER_BYTES = 12;
/** Version 2, format 1, packet type 205: the first bytes of a generic NACK. */
const FIRST_BYTES = 0x81cd;
/** Each entry requests a packet and any of the 16 after it. */
const ENTRY_BYTES = 4;
const FOLLOWERS = 16;
/**
 * Limits a NACK so that one for each channel and a report fit in a datagram. Packets left out are
 * requested the next time, unless they are too late by then.
 */
export const MAX_NACK_ENTRIES = 48;

export const nack: MessageFormat<Nack> = {
  type: "nack",
  // Not read by rtp.js: version 0.15.5 sorts the numbers as text, which is wrong at the wrap.
  read: (part) =>
    part.kind === "packet" && part.packet instanceof packets.NackPacket
      ? [readNack(part.packet.getView(), part.packet.getPadding())]
      : [],
  write: writeNack,
};

function writeNack({ ssrc, mediaSsrc, sequences }: Nack): Uint8Array {
  const entries = packEntries(sequences);
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + entries.length * ENTRY_BYTES));
  view.setUint16(0, FIRST_BYTES);
  // The length is in words of 32 bits, minus one (RFC 3550 section 6.4.1).
  view.setUint16(2, view.byteLength / 4 - 1);
  view.setUint32(4, ssrc);
  view.setUint32(8, mediaSsrc);
  for (const [index, { first, followers }] of entries.entries()) {
    view.setUint16(HEADER_BYTES + index * ENTRY_BYTES, toSequenceNumber(first));
    view.setUint16(HEADER_BYTES + index * ENTRY_BYTES + 2, followers);
  }
  return new Uint8Array(view.buffer);
}

/** @param view one whole generic NACK, whose last `paddingBytes` are not read. */
function readNack(view: DataView, paddingBytes: number): Nack {
  const sequences: number[] = [];
  const end = view.byteLength - paddingBytes;
  for (let at = HEADER_BYTES; at + ENTRY_BYTES <= end; at += ENTRY_BYTES) {
    sequences.push(...unpackEntry(view.getUint16(at), view.getUint16(at + 2)));
  }
  return { type: "nack", ssrc: view.getUint32(4), mediaSsrc: view.getUint32(8), sequences };
}

interface Entry {
  /** PID: a requested packet. */
  readonly first: ExtendedSequence;
  /** BLP: a bit for each of the 16 packets after it, the lowest for the next. */
  followers: number;
}

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
