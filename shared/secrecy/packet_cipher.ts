import { viewOf } from "../core/bytes.ts";
import { type Ciphers, NONCE_BYTES } from "./ciphers.ts";
import type { PacketKeys } from "./srtp_keys.ts";

/** The nonce begins with two zero bytes. */
const SSRC_OFFSET = 2;
const INDEX_OFFSET = 6;
const LOW_BITS = 0x1_0000;
/** Of the packet that is sealed or opened now. */
const nonce = new Uint8Array(NONCE_BYTES);
const nonceView = viewOf(nonce);

/**
 * AEAD_AES_128_GCM with one session key and its salt. SRTP (RFC 7714 section 8.1) and SRTCP (section 9.1)
 * form the nonce alike: the SSRC and the index in 48 bits, XORed with the salt.
 */
export class PacketCipher {
  readonly #ciphers: Ciphers;
  readonly #keys: PacketKeys;

  constructor(ciphers: Ciphers, keys: PacketKeys) {
    this.#ciphers = ciphers;
    this.#keys = keys;
  }

  /** @param index never used before with this key and SSRC. */
  seal(ssrc: number, index: number, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
    return this.#ciphers.seal(this.#keys.key, this.#nonce(ssrc, index), plaintext, associated);
  }

  /** @returns the plaintext given to {@linkcode seal}; undefined when any bit was changed. */
  open(
    ssrc: number,
    index: number,
    sealed: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array | undefined {
    return this.#ciphers.open(this.#keys.key, this.#nonce(ssrc, index), sealed, associated);
  }

  /** Valid until the next call, which comes after the packet was sealed or opened. */
  #nonce(ssrc: number, index: number): Uint8Array {
    const { salt } = this.#keys;
    nonceView.setUint16(0, 0);
    nonceView.setUint32(SSRC_OFFSET, ssrc);
    nonceView.setUint32(INDEX_OFFSET, Math.floor(index / LOW_BITS));
    nonceView.setUint16(INDEX_OFFSET + 4, index % LOW_BITS);
    for (let at = 0; at < NONCE_BYTES; at++) nonce[at] = nonce[at]! ^ salt[at]!;
    return nonce;
  }
}
