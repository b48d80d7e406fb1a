import { AES_KEY_BYTES, type Ciphers, NONCE_BYTES } from "./ciphers.ts";

/** The length of a master key followed by its salt. */
export const MASTER_KEY_BYTES = AES_KEY_BYTES + NONCE_BYTES;

/** The labels of RFC 3711 section 4.3.2; AEAD needs no authentication keys. */
const LABELS = { rtpKey: 0, rtpSalt: 2, rtcpKey: 3, rtcpSalt: 5 } as const;
const LABEL_OFFSET = 7;
const BLOCK_BYTES = 16;

/** The keys that seal packets, derived from one master key. */
export interface SessionKeys {
  readonly rtpKey: Uint8Array;
  readonly rtpSalt: Uint8Array;
  readonly rtcpKey: Uint8Array;
  readonly rtcpSalt: Uint8Array;
}

/**
 * Derives the session keys from a master key (16 bytes) followed by its salt (12 bytes), as in RFC 3711
 * section 4.3 with a key derivation rate of zero.
 *
 * @throws RangeError when `master` has another length.
 */
export function deriveSessionKeys(ciphers: Ciphers, master: Uint8Array): SessionKeys {
  if (master.length !== MASTER_KEY_BYTES) {
    throw new RangeError(`A master key is ${MASTER_KEY_BYTES} bytes, not ${master.length}`);
  }
  const key = master.subarray(0, AES_KEY_BYTES);
  const salt = master.subarray(AES_KEY_BYTES);
  const derive = (label: number, length: number) => deriveKey(ciphers, key, salt, label, length);
  return {
    rtpKey: derive(LABELS.rtpKey, AES_KEY_BYTES),
    rtpSalt: derive(LABELS.rtpSalt, NONCE_BYTES),
    rtcpKey: derive(LABELS.rtcpKey, AES_KEY_BYTES),
    rtcpSalt: derive(LABELS.rtcpSalt, NONCE_BYTES),
  };
}

/**
 * Derives one key of `length` bytes (RFC 3711 section 4.3.3). The salt of 96 bits is extended with zero
 * bits to 112 (RFC 7714 section 11).
 */
export function deriveKey(
  ciphers: Ciphers,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  label: number,
  length: number,
): Uint8Array {
  const firstBlock = new Uint8Array(BLOCK_BYTES);
  firstBlock.set(masterSalt);
  firstBlock[LABEL_OFFSET] = firstBlock[LABEL_OFFSET]! ^ label;
  return ciphers.keystream(masterKey, firstBlock, length);
}
