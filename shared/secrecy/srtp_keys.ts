import { AES_KEY_BYTES, type Ciphers, NONCE_BYTES } from "./ciphers.ts";

/** The length of a master key followed by its salt. */
export const MASTER_KEY_BYTES = AES_KEY_BYTES + NONCE_BYTES;

const LABEL_OFFSET = 7;
const BLOCK_BYTES = 16;

/** The keys that seal the packets of one protocol, derived from one master key. */
export interface PacketKeys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** A key to be derived. */
export interface KeySpec {
  readonly label: number;
  /** In bytes. */
  readonly length: number;
}

/** Key and salt, under the labels of RFC 3711 section 4.3.2; AEAD needs no authentication keys. */
const SPECS = { rtp: specsOf(0, 2), rtcp: specsOf(3, 5) };

function specsOf(key: number, salt: number): readonly KeySpec[] {
  return [{ label: key, length: AES_KEY_BYTES }, { label: salt, length: NONCE_BYTES }];
}

/**
 * Derives the keys of SRTP or of SRTCP from a master key (16 bytes) followed by its salt (12 bytes), as in
 * RFC 3711 section 4.3 with a key derivation rate of zero.
 *
 * @throws RangeError when `master` has another length.
 */
export function derivePacketKeys(
  ciphers: Ciphers,
  master: Uint8Array,
  protocol: "rtp" | "rtcp",
): PacketKeys {
  if (master.length !== MASTER_KEY_BYTES) {
    throw new RangeError(`A master key is ${MASTER_KEY_BYTES} bytes, not ${master.length}`);
  }
  const masterKey = master.subarray(0, AES_KEY_BYTES);
  const masterSalt = master.subarray(AES_KEY_BYTES);
  const [key, salt] = deriveKeys(ciphers, masterKey, masterSalt, SPECS[protocol]);
  return { key: key!, salt: salt! };
}

/**
 * Derives several keys at once (RFC 3711 section 4.3.3): each is the beginning of a keystream, whose blocks are
 * its encrypted counters. The salt of 96 bits is extended with zero bits to 112 (RFC 7714 section 11).
 */
export function deriveKeys(
  ciphers: Ciphers,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  specs: readonly KeySpec[],
): Uint8Array[] {
  let count = 0;
  for (const { length } of specs) count += blocksOf(length);
  const counters = new Uint8Array(count * BLOCK_BYTES);
  let at = 0;
  for (const { label, length } of specs) {
    for (let block = 0; block < blocksOf(length); block++, at += BLOCK_BYTES) {
      counters.set(masterSalt, at);
      counters[at + LABEL_OFFSET] = counters[at + LABEL_OFFSET]! ^ label;
      counters[at + BLOCK_BYTES - 1] = block;
    }
  }
  return cut(ciphers.encryptBlocks(masterKey, counters), specs);
}

/** @returns the beginning of each keystream; they share the memory of all. */
function cut(streams: Uint8Array, specs: readonly KeySpec[]): Uint8Array[] {
  const keys: Uint8Array[] = [];
  let start = 0;
  for (const { length } of specs) {
    keys.push(streams.subarray(start, start + length));
    start += blocksOf(length) * BLOCK_BYTES;
  }
  return keys;
}

function blocksOf(length: number): number {
  return Math.ceil(length / BLOCK_BYTES);
}
