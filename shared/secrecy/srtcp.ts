import { concat, viewOf } from "../core/bytes.ts";
import { type Ciphers, TAG_BYTES } from "./ciphers.ts";
import { PacketCipher } from "./packet_cipher.ts";
import { KEY_ID_BYTES, keyIdOf } from "./srtp.ts";
import type { PacketKeys } from "./srtp_keys.ts";

/** Version, type, length and SSRC of the first message stay in clear. */
const HEADER_BYTES = 8;
const SSRC_OFFSET = 4;
const INDEX_BYTES = 4;
/** E: the packet is encrypted. All of Streamer's are. */
const ENCRYPTED = 0x8000_0000;
/** The index has 31 bits and is never used twice with a key (RFC 3711 sections 3.4 and 9.2). */
export const MAX_SRTCP_INDEX = 0x7fff_ffff;
/** The bytes that SRTCP adds to an RTCP packet. */
export const SRTCP_OVERHEAD_BYTES = TAG_BYTES + INDEX_BYTES + KEY_ID_BYTES;

/** An authentic control packet and its index. */
export interface OpenedControl {
  readonly packet: Uint8Array;
  /** The sender's, from the first message of the packet. */
  readonly ssrc: number;
  readonly index: number;
}

/** SRTCP with AEAD_AES_128_GCM (RFC 7714 section 9), always encrypted. */
export class Srtcp {
  readonly #cipher: PacketCipher;
  readonly #keyId: number;

  /** @param keyId names the master key that `keys` came from, in one byte. */
  constructor(ciphers: Ciphers, keys: PacketKeys, keyId: number) {
    this.#cipher = new PacketCipher(ciphers, keys);
    this.#keyId = keyId;
  }

  /** @param index never used before with this key and SSRC; at most 31 bits. */
  protect(packet: Uint8Array, index: number): Uint8Array {
    if (index > MAX_SRTCP_INDEX) throw new RangeError("The key has sealed all it may");
    const datagram = new Uint8Array(packet.length + SRTCP_OVERHEAD_BYTES);
    const indexOffset = datagram.length - INDEX_BYTES - KEY_ID_BYTES;
    datagram.set(packet.subarray(0, HEADER_BYTES));
    viewOf(datagram).setUint32(indexOffset, ENCRYPTED + index);
    datagram[datagram.length - KEY_ID_BYTES] = this.#keyId;
    const body = packet.subarray(HEADER_BYTES);
    const associated = associatedOf(datagram, indexOffset);
    datagram.set(this.#cipher.seal(ssrcOf(packet), index, body, associated), HEADER_BYTES);
    return datagram;
  }

  /** @returns undefined when the packet is not authentic or not encrypted. */
  unprotect(packet: Uint8Array): OpenedControl | undefined {
    if (packet.length < HEADER_BYTES + SRTCP_OVERHEAD_BYTES) return undefined;
    if (keyIdOf(packet) !== this.#keyId) return undefined;
    const indexOffset = packet.length - INDEX_BYTES - KEY_ID_BYTES;
    const word = viewOf(packet).getUint32(indexOffset);
    if (word < ENCRYPTED) return undefined;
    const index = word - ENCRYPTED;
    const sealed = packet.subarray(HEADER_BYTES, indexOffset);
    const ssrc = ssrcOf(packet);
    const body = this.#cipher.open(ssrc, index, sealed, associatedOf(packet, indexOffset));
    return body && { packet: concat(packet.subarray(0, HEADER_BYTES), body), ssrc, index };
  }
}

/** Header and index of the packet that is sealed or opened now: nothing keeps it. */
const associated = new Uint8Array(HEADER_BYTES + INDEX_BYTES);

/** What is authenticated and not encrypted (RFC 7714 section 9.2); valid until the next call. */
function associatedOf(datagram: Uint8Array, indexOffset: number): Uint8Array {
  for (let at = 0; at < HEADER_BYTES; at++) associated[at] = datagram[at]!;
  for (let at = 0; at < INDEX_BYTES; at++) {
    associated[HEADER_BYTES + at] = datagram[indexOffset + at]!;
  }
  return associated;
}

function ssrcOf(packet: Uint8Array): number {
  return viewOf(packet).getUint32(SSRC_OFFSET);
}
