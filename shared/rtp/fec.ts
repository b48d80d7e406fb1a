import type { ExtendedSequence } from "../core/units.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { type RtpPacket, type RtpStream, serializeRtp } from "./rtp.ts";

/**
 * Parity by exclusive or (RFC 8627): the packets of a stream fill a block of L columns and D rows, row by
 * row. One parity packet protects one column, so a burst of L lost packets takes one from each column;
 * other parity packets may protect one row each. This is the variant with R = 0 (not a retransmission)
 * and F = 1 (fixed L and D), section 4.2.2.2.
 */
export interface ParityShape {
  /** L: how far apart the packets of a column are. */
  readonly columns: number;
  /** D: packets in a column, at least 2. For a row: 1 if columns follow, else 0. */
  readonly rows: number;
}

/** The content of one parity packet. */
export interface Parity extends ParityShape {
  /** Of the protected stream. */
  readonly mediaSsrc: number;
  /** Of the first protected packet; 16 bits as read, extended when written. */
  readonly sequenceBase: number;
  /** The exclusive or of the protected packets: see {@linkcode ParitySum}. */
  readonly sum: Uint8Array;
}

export const PARITY_PAYLOAD_TYPE = 120;
const RTP_HEADER_BYTES = 12;
/** Recovery fields (8), sequence base (2), L, D. */
const PARITY_HEADER_BYTES = 12;
/** A sum begins with P, X, CC, M, payload type, length and timestamp. */
const HEAD_BYTES = 8;
const FIXED_SHAPE_BIT = 0x40;
const VARIANT_BITS = 0xc0;
/** A larger block would take longer than any latency allows. */
export const MAX_PROTECTED = 255;

/**
 * The exclusive or of packets of any length (RFC 8627 section 6.2). It is its own inverse: adding all
 * packets but one a second time leaves that one. The bytes are in the order of the parity packet.
 */
export class ParitySum {
  #bytes: Uint8Array;

  /** @param start the sum to begin with; it is copied. */
  constructor(start: Uint8Array = new Uint8Array(HEAD_BYTES)) {
    this.#bytes = start.slice();
  }

  /** @param datagram a whole RTP packet in clear. */
  add(datagram: Uint8Array): void {
    const length = datagram.length - RTP_HEADER_BYTES;
    this.#reserve(HEAD_BYTES + length);
    const bytes = this.#bytes;
    bytes[0]! ^= datagram[0]! & ~VARIANT_BITS;
    bytes[1]! ^= datagram[1]!;
    bytes[2]! ^= length >> 8;
    bytes[3]! ^= length & 0xff;
    for (let at = 4; at < HEAD_BYTES; at++) bytes[at]! ^= datagram[at]!;
    for (let at = 0; at < length; at++) bytes[HEAD_BYTES + at]! ^= datagram[RTP_HEADER_BYTES + at]!;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  #reserve(length: number): void {
    if (this.#bytes.length >= length) return;
    const longer = new Uint8Array(length);
    longer.set(this.#bytes);
    this.#bytes = longer;
  }
}

/** Writes a parity packet; its one contributing source (CSRC) names the protected stream. */
export function packParity(
  parity: Parity,
  stream: RtpStream,
  { sequenceNumber, timestamp }: { readonly sequenceNumber: number; readonly timestamp: number },
): Uint8Array {
  const { sum, sequenceBase, columns, rows, mediaSsrc } = parity;
  const payload = new Uint8Array(PARITY_HEADER_BYTES + sum.length - HEAD_BYTES);
  payload.set(sum.subarray(0, HEAD_BYTES));
  payload[0]! |= FIXED_SHAPE_BIT;
  new DataView(payload.buffer).setUint16(HEAD_BYTES, sequenceBase % 0x1_0000);
  payload[HEAD_BYTES + 2] = columns;
  payload[HEAD_BYTES + 3] = rows;
  payload.set(sum.subarray(HEAD_BYTES), PARITY_HEADER_BYTES);
  const { ssrc, payloadType } = stream;
  const csrcs = [mediaSsrc];
  return serializeRtp({
    ssrc,
    payloadType,
    sequenceNumber,
    timestamp,
    csrcs,
    payload,
    marker: false,
  });
}

/** Reads a parity packet; the sum is a copy. Other variants of RFC 8627 are junk. */
export function parseParity({ csrcs = [], payload }: RtpPacket): Parsed<Parity> {
  const [mediaSsrc] = csrcs;
  if (csrcs.length !== 1 || payload.length < PARITY_HEADER_BYTES) return junk("malformedParity");
  if ((payload[0]! & VARIANT_BITS) !== FIXED_SHAPE_BIT) return junk("malformedParity");
  const columns = payload[HEAD_BYTES + 2]!;
  const rows = payload[HEAD_BYTES + 3]!;
  if (columns === 0 || columns * rows > MAX_PROTECTED) return junk("malformedParity");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const sum = new Uint8Array(HEAD_BYTES + payload.length - PARITY_HEADER_BYTES);
  sum.set(payload.subarray(0, HEAD_BYTES));
  sum[0]! &= ~VARIANT_BITS;
  sum.set(payload.subarray(PARITY_HEADER_BYTES), HEAD_BYTES);
  const sequenceBase = view.getUint16(HEAD_BYTES);
  return parsed({ mediaSsrc: mediaSsrc!, sequenceBase, columns, rows, sum });
}

/** The sequence numbers of the protected packets, from `base` on. */
export function protectedSequences(
  { columns, rows }: ParityShape,
  base: ExtendedSequence,
): ExtendedSequence[] {
  const [count, step] = rows > 1 ? [rows, columns] : [columns, 1];
  return Array.from({ length: count }, (_, index) => base + index * step);
}

/**
 * The one protected packet that is missing (RFC 8627 section 6.3), whole and in clear.
 *
 * @param others all other protected packets.
 * @returns junk when the result can't be a packet, because parity and packets don't belong together.
 */
export function recoverPacket(
  { sum, mediaSsrc }: Parity,
  others: Iterable<Uint8Array>,
  sequenceNumber: number,
): Parsed<Uint8Array> {
  const left = new ParitySum(sum);
  for (const other of others) left.add(other);
  const { bytes } = left;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(2);
  // Shorter packets are summed as if padded with zeros, so all bytes after the end must be zero.
  const isWhole = bytes.length === sum.length && HEAD_BYTES + length <= bytes.length &&
    bytes.subarray(HEAD_BYTES + length).every((byte) => byte === 0);
  if (!isWhole) return junk("malformedParity");
  const datagram = new Uint8Array(RTP_HEADER_BYTES + length);
  const header = new DataView(datagram.buffer);
  header.setUint8(0, 0x80 | bytes[0]!);
  header.setUint8(1, bytes[1]!);
  header.setUint16(2, sequenceNumber);
  header.setUint32(4, view.getUint32(4));
  header.setUint32(8, mediaSsrc);
  datagram.set(bytes.subarray(HEAD_BYTES, HEAD_BYTES + length), RTP_HEADER_BYTES);
  return parsed(datagram);
}

/** How a stream is protected: always by columns, with heavy loss by rows too. */
export interface Protection extends ParityShape {
  readonly hasRowParity: boolean;
}
