import type { ExtendedSequence } from "../core/units.ts";
import { concat, viewOf } from "../core/bytes.ts";
import { type Ciphers, TAG_BYTES } from "./ciphers.ts";
import { PacketCipher } from "./packet_cipher.ts";
import type { PacketKeys } from "./srtp_keys.ts";

/** Every packet ends with a master key identifier of one byte (RFC 3711 section 3.1). */
export const KEY_ID_BYTES = 1;
/** The bytes that SRTP adds to an RTP packet. */
export const SRTP_OVERHEAD_BYTES = TAG_BYTES + KEY_ID_BYTES;

const FIXED_HEADER_BYTES = 12;
const SSRC_OFFSET = 8;

/** The master key identifier of an SRTP or SRTCP packet; undefined for an empty packet. */
export function keyIdOf(packet: Uint8Array): number | undefined {
  return packet.at(-1);
}

/**
 * SRTP with AEAD_AES_128_GCM (RFC 7714): the header stays in clear and is authenticated, the payload
 * is sealed. The packet index is the extended sequence number, which both ends count.
 */
export class Srtp {
  readonly #cipher: PacketCipher;
  readonly #keyId: number;

  /** @param keyId names the master key that `keys` came from, in one byte. */
  constructor(ciphers: Ciphers, keys: PacketKeys, keyId: number) {
    this.#cipher = new PacketCipher(ciphers, keys);
    this.#keyId = keyId;
  }

  /** @param packet a whole RTP packet whose sequence number is the low 16 bits of `index`. */
  protect(packet: Uint8Array, index: ExtendedSequence): Uint8Array {
    const headerBytes = headerLength(packet);
    if (headerBytes === undefined) throw new RangeError("This is not an RTP packet");
    const header = packet.subarray(0, headerBytes);
    const payload = packet.subarray(headerBytes);
    const sealed = this.#cipher.seal(ssrcOf(header), index, payload, header);
    return concat(header, sealed, Uint8Array.of(this.#keyId));
  }

  /** @returns the RTP packet; undefined when it is not authentic or has another `index`. */
  unprotect(packet: Uint8Array, index: ExtendedSequence): Uint8Array | undefined {
    const headerBytes = headerLength(packet);
    if (headerBytes === undefined || packet.length < headerBytes + SRTP_OVERHEAD_BYTES) return;
    // A negative index is from before the start of the stream.
    if (keyIdOf(packet) !== this.#keyId || index < 0) return;
    const header = packet.subarray(0, headerBytes);
    const sealed = packet.subarray(headerBytes, -KEY_ID_BYTES);
    const payload = this.#cipher.open(ssrcOf(header), index, sealed, header);
    return payload && concat(header, payload);
  }
}

function ssrcOf(header: Uint8Array): number {
  return viewOf(header).getUint32(SSRC_OFFSET);
}

/** The fixed header, contributing sources and extension (RFC 3550 sections 5.1 and 5.3.1). */
function headerLength(packet: Uint8Array): number | undefined {
  if (packet.length < FIXED_HEADER_BYTES) return undefined;
  const first = packet[0]!;
  let length = FIXED_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (packet.length < length + 4) return undefined;
    length += 4 + viewOf(packet).getUint16(length + 2) * 4;
  }
  return length <= packet.length ? length : undefined;
}
