import { AES_KEY_BYTES, type Ciphers, NONCE_BYTES } from "./ciphers.ts";

/** The length of a master key followed by its salt. */
export const MASTER_KEY_BYTES = AES_KEY_BYTES + NONCE_BYTES;

/** The labels of RFC 3711 section 4.3.2; AEAD needs no authentication keys. */
const LABELS = { rtp: { key: 0, salt: 2 }, rtcp: { key: 3, salt: 5 } } as const;
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
  const labels = LABELS[protocol];
  const [key, salt] = deriveKeys(ciphers, masterKey, master.subarray(AES_KEY_BYTES), [
    { label: labels.key, length: AES_KEY_BYTES },
    { label: labels.salt, length: NONCE_BYTES },
  ]);
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
  const counts = specs.map(({ length }) => Math.ceil(length / BLOCK_BYTES));
  const counters = new Uint8Array(counts.reduce((sum, count) => sum + count, 0) * BLOCK_BYTES);
  const starts: number[] = [];
  let at = 0;
  for (const [index, { label }] of specs.entries()) {
    starts.push(at);
    for (let block = 0; block < counts[index]!; block++, at += BLOCK_BYTES) {
      counters.set(masterSalt, at);
      counters[at + LABEL_OFFSET] = counters[at + LABEL_OFFSET]! ^ label;
      counters[at + BLOCK_BYTES - 1] = block;
    }
  }
  const streams = ciphers.encryptBlocks(masterKey, counters);
  return specs.map(({ length }, index) => streams.slice(starts[index]!, starts[index]! + length));
}
