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
    const header = packet.subarray(0, HEADER_BYTES);
    const trailer = new Uint8Array(INDEX_BYTES + KEY_ID_BYTES);
    viewOf(trailer).setUint32(0, ENCRYPTED + index);
    trailer[INDEX_BYTES] = this.#keyId;
    const associated = concat(header, trailer.subarray(0, INDEX_BYTES));
    const body = packet.subarray(HEADER_BYTES);
    return concat(header, this.#cipher.seal(ssrcOf(header), index, body, associated), trailer);
  }

  /** @returns undefined when the packet is not authentic or not encrypted. */
  unprotect(packet: Uint8Array): OpenedControl | undefined {
    if (packet.length < HEADER_BYTES + SRTCP_OVERHEAD_BYTES) return undefined;
    if (keyIdOf(packet) !== this.#keyId) return undefined;
    const indexOffset = packet.length - INDEX_BYTES - KEY_ID_BYTES;
    const word = viewOf(packet).getUint32(indexOffset);
    if (word < ENCRYPTED) return undefined;
    const index = word - ENCRYPTED;
    const header = packet.subarray(0, HEADER_BYTES);
    const associated = concat(header, packet.subarray(indexOffset, indexOffset + INDEX_BYTES));
    const sealed = packet.subarray(HEADER_BYTES, indexOffset);
    const ssrc = ssrcOf(header);
    const body = this.#cipher.open(ssrc, index, sealed, associated);
    return body && { packet: concat(header, body), ssrc, index };
  }
}

function ssrcOf(header: Uint8Array): number {
  return viewOf(header).getUint32(SSRC_OFFSET);
}
