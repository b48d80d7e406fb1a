import { concat, viewOf } from "../../../../shared/core/bytes.ts";
import type { TransportPacket } from "./transport_packets.ts";

/** Times of a PES packet: 33 bits at 90 kHz, wrapped. */
export interface PesTimes {
  /** When its first picture is shown. */
  readonly pts?: number;
  /** When it is decoded, if that is not when it is shown. */
  readonly dts?: number;
}

/** The part of a PES packet's content that one transport packet has. */
export interface PesPart {
  /** A view. */
  readonly bytes: Uint8Array;
  /** In the first part alone. */
  readonly times?: PesTimes;
  /** Whether the packet is known to end with this part. */
  readonly isLast: boolean;
}

/** Start code (3), stream (1), length (2), flags (2), length of the rest of the header (1). */
const FIXED_BYTES = 9;
const LENGTH_OFFSET = 4;
const BYTES_BEFORE_LENGTH_COUNTS = 6;
const TIMESTAMP_BYTES = 5;
/** Streams whose packets have no such header (ISO 13818-1 section 2.4.3.7). */
const BARE_STREAMS: ReadonlySet<number> = new Set(
  [0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff],
);

/** Takes the content of PES packets (ISO 13818-1 section 2.4.3.6) out of the packets of one stream. */
export class PesReader {
  /** The bytes of a header that is not whole. */
  #head: Uint8Array | undefined;
  /** Bytes until the packet ends; Infinity when it does not say; 0 outside a packet. */
  #remaining = 0;

  /** @returns undefined when the packet has no content that can be used. */
  push({ payload, startsUnit }: TransportPacket): PesPart | undefined {
    if (startsUnit) {
      this.#head = new Uint8Array(0);
      this.#remaining = 0;
    }
    if (this.#head === undefined) return this.#remaining > 0 ? this.#part(payload) : undefined;
    const head = concat(this.#head, payload);
    const headerBytes = FIXED_BYTES + (head[FIXED_BYTES - 1] ?? 0);
    this.#head = head;
    if (head.length < headerBytes) return undefined;
    this.#head = undefined;
    return this.#begin(head, headerBytes);
  }

  /** Bytes are missing: what follows is not used until a packet begins. */
  reset(): void {
    this.#head = undefined;
    this.#remaining = 0;
  }

  #begin(head: Uint8Array, headerBytes: number): PesPart | undefined {
    const isHeader = head[0] === 0 && head[1] === 0 && head[2] === 1 &&
      !BARE_STREAMS.has(head[3]!) && (head[6]! & 0xc0) === 0x80;
    if (!isHeader) return undefined;
    const length = viewOf(head).getUint16(LENGTH_OFFSET);
    const contentBytes = BYTES_BEFORE_LENGTH_COUNTS + length - headerBytes;
    this.#remaining = length === 0 ? Infinity : Math.max(0, contentBytes);
    return { ...this.#part(head.subarray(headerBytes)), times: readTimes(head, headerBytes) };
  }

  #part(payload: Uint8Array): PesPart {
    const bytes = payload.subarray(0, this.#remaining);
    this.#remaining -= bytes.length;
    return { bytes, isLast: this.#remaining === 0 };
  }
}

function readTimes(head: Uint8Array, headerBytes: number): PesTimes {
  const flags = head[7]! >> 6;
  const hasTimes = flags >= 2 && headerBytes >= FIXED_BYTES + TIMESTAMP_BYTES;
  if (!hasTimes) return {};
  const pts = readTimestamp(head, FIXED_BYTES);
  const hasDts = flags === 3 && headerBytes >= FIXED_BYTES + 2 * TIMESTAMP_BYTES;
  return hasDts ? { pts, dts: readTimestamp(head, FIXED_BYTES + TIMESTAMP_BYTES) } : { pts };
}

/** 3, 15 and 15 bits, each before a marker bit. */
function readTimestamp(bytes: Uint8Array, at: number): number {
  const upper = (bytes[at]! >> 1) & 7;
  const middle = bytes[at + 1]! << 7 | bytes[at + 2]! >> 1;
  const lower = bytes[at + 3]! << 7 | bytes[at + 4]! >> 1;
  return upper * 2 ** 30 + middle * 2 ** 15 + lower;
}
