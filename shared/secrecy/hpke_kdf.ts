import { concat } from "../core/bytes.ts";
import { AES_KEY_BYTES, type Ciphers, NONCE_BYTES } from "./ciphers.ts";
import { HASH_BYTES } from "./hmac_sha256.ts";

const EMPTY = new Uint8Array(0);
const MODE_BASE = Uint8Array.of(0);
const encoder = new TextEncoder();
const VERSION = encoder.encode("HPKE-v1");
/** DHKEM(X25519, HKDF-SHA256), alone and with HKDF-SHA256 and AES-128-GCM (RFC 9180 section 7). */
const KEM_SUITE = concat(encoder.encode("KEM"), Uint8Array.of(0, 0x20));
const WHOLE_SUITE = concat(encoder.encode("HPKE"), Uint8Array.of(0, 0x20, 0, 1, 0, 1));
const LABELS = {
  keyPair: encoder.encode("dkp_prk"),
  privateKey: encoder.encode("sk"),
  agreed: encoder.encode("eae_prk"),
  shared: encoder.encode("shared_secret"),
  pskIdHash: encoder.encode("psk_id_hash"),
  infoHash: encoder.encode("info_hash"),
  secret: encoder.encode("secret"),
  key: encoder.encode("key"),
  firstNonce: encoder.encode("base_nonce"),
  exporter: encoder.encode("exp"),
  exported: encoder.encode("sec"),
};
const PRIVATE_KEY_BYTES = 32;

/** What HPKE in base mode derives (RFC 9180), the same for sender and recipient. */
export class HpkeKdf {
  readonly #ciphers: Ciphers;
  readonly #kem: LabeledKdf;
  readonly #whole: LabeledKdf;
  /** Section 5.1's key_schedule_context, the same for all messages. */
  readonly #schedule: Uint8Array;

  /** @param info of both ends. */
  constructor(info: Uint8Array, ciphers: Ciphers) {
    this.#ciphers = ciphers;
    this.#kem = new LabeledKdf(ciphers, KEM_SUITE);
    const whole = this.#whole = new LabeledKdf(ciphers, WHOLE_SUITE);
    const hashes = [
      whole.extract(EMPTY, LABELS.pskIdHash, EMPTY),
      whole.extract(EMPTY, LABELS.infoHash, info),
    ];
    this.#schedule = concat(MODE_BASE, ...hashes);
  }

  /** Section 7.1.3's DeriveKeyPair. @param seed 32 bytes or more. */
  privateKeyOf(seed: Uint8Array): Uint8Array {
    const pseudorandom = this.#kem.extract(EMPTY, LABELS.keyPair, seed);
    return this.#kem.expand(pseudorandom, LABELS.privateKey, EMPTY, PRIVATE_KEY_BYTES);
  }

  /** Section 4.1's ExtractAndExpand, then section 5.1's KeySchedule. @param agreed by X25519. */
  contextOf(agreed: Uint8Array, encapsulated: Uint8Array, publicKey: Uint8Array): HpkeContext {
    const pseudorandom = this.#kem.extract(EMPTY, LABELS.agreed, agreed);
    const both = concat(encapsulated, publicKey);
    const shared = this.#kem.expand(pseudorandom, LABELS.shared, both, HASH_BYTES);
    return new HpkeContext(this.#ciphers, this.#whole, shared, this.#schedule);
  }
}

/** The keys derived from one encapsulated key (section 5.1's KeySchedule); seals or opens messages in order. */
export class HpkeContext {
  readonly #ciphers: Ciphers;
  readonly #kdf: LabeledKdf;
  readonly #key: Uint8Array;
  readonly #firstNonce: Uint8Array;
  readonly #secret: Uint8Array;
  readonly #schedule: Uint8Array;
  /** Made with the first export: a message that can't be opened exports nothing. */
  #exporter: Uint8Array | undefined;
  #count = 0;

  constructor(ciphers: Ciphers, kdf: LabeledKdf, shared: Uint8Array, schedule: Uint8Array) {
    this.#ciphers = ciphers;
    this.#kdf = kdf;
    this.#schedule = schedule;
    this.#secret = kdf.extract(shared, LABELS.secret, EMPTY);
    this.#key = kdf.expand(this.#secret, LABELS.key, schedule, AES_KEY_BYTES);
    this.#firstNonce = kdf.expand(this.#secret, LABELS.firstNonce, schedule, NONCE_BYTES);
  }

  seal(plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
    const sealed = this.#ciphers.seal(this.#key, this.#nonce(), plaintext, associated);
    this.#count++;
    return sealed;
  }

  /** @returns undefined when `ciphertext` is not the next message of this context. */
  open(ciphertext: Uint8Array, associated: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#ciphers.open(this.#key, this.#nonce(), ciphertext, associated);
    if (plaintext) this.#count++;
    return plaintext;
  }

  /** Section 5.3. */
  export(context: Uint8Array, bytes: number): Uint8Array {
    this.#exporter ??= this.#kdf.expand(this.#secret, LABELS.exporter, this.#schedule, HASH_BYTES);
    return this.#kdf.expand(this.#exporter, LABELS.exported, context, bytes);
  }

  /** The nonce of the next message: its number is XORed to the nonce's end (section 5.2). */
  #nonce(): Uint8Array {
    if (this.#count === 0) return this.#firstNonce;
    const nonce = this.#firstNonce.slice();
    const view = new DataView(nonce.buffer);
    const end = NONCE_BYTES - 4;
    view.setUint32(end, (view.getUint32(end) ^ this.#count) >>> 0);
    return nonce;
  }
}

/** Where the length and the counter of a block are written: nothing else runs before they are hashed. */
const lengthBytes = new Uint8Array(2);
const counter = new Uint8Array(1);

/**
 * Section 4's LabeledExtract and LabeledExpand over HKDF-SHA256 (RFC 5869). A JOIN needs a dozen of them, so each
 * makes no more arrays than it must: the runtime takes the memory of every one from the system.
 */
class LabeledKdf {
  readonly #ciphers: Ciphers;
  /** Before each label. */
  readonly #prefix: Uint8Array;

  constructor(ciphers: Ciphers, suite: Uint8Array) {
    this.#ciphers = ciphers;
    this.#prefix = concat(VERSION, suite);
  }

  extract(salt: Uint8Array, label: Uint8Array, input: Uint8Array): Uint8Array {
    return this.#ciphers.hmacSha256(salt, this.#prefix, label, input);
  }

  expand(key: Uint8Array, label: Uint8Array, info: Uint8Array, length: number): Uint8Array {
    lengthBytes[0] = length >> 8;
    lengthBytes[1] = length & 0xff;
    const first = this.#block(key, EMPTY, label, info, 1);
    if (length <= HASH_BYTES) return first.subarray(0, length);
    const whole = new Uint8Array(length);
    whole.set(first);
    let block = first;
    for (let offset = HASH_BYTES; offset < length; offset += HASH_BYTES) {
      block = this.#block(key, block, label, info, offset / HASH_BYTES + 1);
      whole.set(block.subarray(0, length - offset), offset);
    }
    return whole;
  }

  /** @param number from 1 on. */
  #block(
    key: Uint8Array,
    before: Uint8Array,
    label: Uint8Array,
    info: Uint8Array,
    number: number,
  ): Uint8Array {
    counter[0] = number;
    const prefix = this.#prefix;
    return this.#ciphers.hmacSha256(key, before, lengthBytes, prefix, label, info, counter);
  }
}
