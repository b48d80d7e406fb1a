import { concat, viewOf } from "../core/bytes.ts";
import { type Ciphers, NONCE_BYTES, TAG_BYTES } from "./ciphers.ts";
import { addSalt, KEY_ID_BYTES, keyIdOf } from "./srtp.ts";
import type { SessionKeys } from "./srtp_keys.ts";

/** Version, type, length and SSRC of the first message stay in clear. */
const HEADER_BYTES = 8;
const SSRC_OFFSET = 4;
const INDEX_BYTES = 4;
/** E: the packet is encrypted. All of ours are. */
const ENCRYPTED = 0x8000_0000;
/** The index has 31 bits, and none is used twice under a key (RFC 3711 sections 3.4 and 9.2). */
export const MAX_SRTCP_INDEX = 0x7fff_ffff;
/** What protection adds to an RTCP packet. */
export const SRTCP_OVERHEAD_BYTES = TAG_BYTES + INDEX_BYTES + KEY_ID_BYTES;

/** A control packet that proved authentic, and its number. */
export interface OpenedControl {
  readonly packet: Uint8Array;
  /** Of the sender, as the first message of the packet has it. */
  readonly ssrc: number;
  readonly index: number;
}

/** SRTCP with AEAD_AES_128_GCM (RFC 7714 section 9), always encrypted. */
export class Srtcp {
  readonly #ciphers: Ciphers;
  readonly #keys: SessionKeys;
  readonly #keyId: number;

  /** @param keyId names the master key that `keys` came from, in one byte. */
  constructor(ciphers: Ciphers, keys: SessionKeys, keyId: number) {
    this.#ciphers = ciphers;
    this.#keys = keys;
    this.#keyId = keyId;
  }

  /** @param index one that no packet of this SSRC had before, of at most 31 bits. */
  protect(packet: Uint8Array, index: number): Uint8Array {
    if (index > MAX_SRTCP_INDEX) throw new RangeError("The key has sealed all it may");
    const header = packet.subarray(0, HEADER_BYTES);
    const trailer = new Uint8Array(INDEX_BYTES + KEY_ID_BYTES);
    viewOf(trailer).setUint32(0, ENCRYPTED + index);
    trailer[INDEX_BYTES] = this.#keyId;
    const associated = concat(header, trailer.subarray(0, INDEX_BYTES));
    const body = packet.subarray(HEADER_BYTES);
    const nonce = this.#nonce(header, index);
    return concat(header, this.#ciphers.seal(this.#keys.rtcpKey, nonce, body, associated), trailer);
  }

  /** @returns undefined when it is not authentic, or not encrypted. */
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
    const nonce = this.#nonce(header, index);
    const body = this.#ciphers.open(this.#keys.rtcpKey, nonce, sealed, associated);
    if (!body) return undefined;
    return { packet: concat(header, body), ssrc: viewOf(header).getUint32(SSRC_OFFSET), index };
  }

  /** RFC 7714 section 9.1: two zero bytes, SSRC, two zero bytes, index; and the salt. */
  #nonce(header: Uint8Array, index: number): Uint8Array {
    const nonce = new Uint8Array(NONCE_BYTES);
    nonce.set(header.subarray(SSRC_OFFSET, SSRC_OFFSET + 4), 2);
    viewOf(nonce).setUint32(8, index);
    return addSalt(nonce, this.#keys.rtcpSalt);
  }
}
