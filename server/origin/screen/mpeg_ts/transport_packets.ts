import { ByteQueue } from "../byte_queue.ts";

/** The bytes of a transport packet (ISO 13818-1 section 2.4.3.2). */
export const TRANSPORT_PACKET_BYTES = 188;
const SYNC_BYTE = 0x47;
const HEADER_BYTES = 4;
/** Outside a run of packets, this many sync bytes in their places are needed to begin one. */
const CONFIRMING_PACKETS = 3;

/** One transport packet with content. */
export interface TransportPacket {
  /** Which stream it belongs to; 13 bits. */
  readonly pid: number;
  /** Whether a PES packet or a section begins in it. */
  readonly startsUnit: boolean;
  /** Counts the packets of one stream; 4 bits. */
  readonly continuityCounter: number;
  /** Whether the counter may jump here. */
  readonly isDiscontinuous: boolean;
  /** A view, which holds until the next push; perhaps empty. */
  readonly payload: Uint8Array;
}

/**
 * Finds the packets of a transport stream, given in chunks of any size. The stream may begin within a packet,
 * and have garbage in it. Packets with an error, scrambled ones and those without content are left out.
 */
export class TransportPackets {
  readonly #queue = new ByteQueue();
  #isSynchronized = false;
  #junkBytes = 0;

  /** Bytes outside packets. */
  get junkBytes(): number {
    return this.#junkBytes;
  }

  push(chunk: Uint8Array): TransportPacket[] {
    this.#queue.append(chunk);
    const { bytes } = this.#queue;
    const packets: TransportPacket[] = [];
    let position = 0;
    for (;;) {
      const start = this.#findPacket(bytes, position);
      this.#junkBytes += start - position;
      position = start;
      if (!this.#isSynchronized || position + TRANSPORT_PACKET_BYTES > bytes.length) break;
      const packet = readPacket(bytes.subarray(position, position + TRANSPORT_PACKET_BYTES));
      if (packet !== undefined) packets.push(packet);
      position += TRANSPORT_PACKET_BYTES;
    }
    this.#queue.drop(position);
    return packets;
  }

  /** Where a packet begins, at `from` or later; without one, where to search when there is more. */
  #findPacket(bytes: Uint8Array, from: number): number {
    if (this.#isSynchronized && (from >= bytes.length || bytes[from] === SYNC_BYTE)) return from;
    this.#isSynchronized = false;
    const lookahead = (CONFIRMING_PACKETS - 1) * TRANSPORT_PACKET_BYTES;
    let position = from;
    for (; position + lookahead < bytes.length; position++) {
      if (isConfirmed(bytes, position)) {
        this.#isSynchronized = true;
        break;
      }
    }
    return position;
  }
}

function isConfirmed(bytes: Uint8Array, position: number): boolean {
  for (let count = 0; count < CONFIRMING_PACKETS; count++) {
    if (bytes[position + count * TRANSPORT_PACKET_BYTES] !== SYNC_BYTE) return false;
  }
  return true;
}

/** ISO 13818-1 sections 2.4.3.2 and 2.4.3.4. */
function readPacket(bytes: Uint8Array): TransportPacket | undefined {
  const [, second, third, fourth] = bytes as unknown as [number, number, number, number];
  const hasError = (second & 0x80) !== 0;
  const isScrambled = (fourth & 0xc0) !== 0;
  const hasPayload = (fourth & 0x10) !== 0;
  const hasAdaptation = (fourth & 0x20) !== 0;
  if (hasError || isScrambled || !hasPayload) return undefined;
  const adaptationBytes = hasAdaptation ? 1 + bytes[HEADER_BYTES]! : 0;
  const isDiscontinuous = adaptationBytes > 1 && (bytes[HEADER_BYTES + 1]! & 0x80) !== 0;
  return {
    pid: (second & 0x1f) << 8 | third,
    startsUnit: (second & 0x40) !== 0,
    continuityCounter: fourth & 0x0f,
    isDiscontinuous,
    payload: bytes.subarray(HEADER_BYTES + adaptationBytes),
  };
}
