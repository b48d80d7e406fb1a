import { concat } from "../core/bytes.ts";
import { AES_KEY_BYTES, type Ciphers, type KeyAgreement, NONCE_BYTES } from "./ciphers.ts";
import {
  ANSWER_SECRET,
  CONTROL_SECRET,
  JOIN_INFO,
  type JoinOpener,
  type OpenedJoin,
  type SecretSpec,
} from "./join_sealing.ts";

/** The output of SHA-256. */
const HASH_BYTES = 32;
const PRIVATE_KEY_BYTES = 32;
const EMPTY = new Uint8Array(0);
const MODE_BASE = Uint8Array.of(0);
const encoder = new TextEncoder();
const VERSION = encoder.encode("HPKE-v1");
/** DHKEM(X25519, HKDF-SHA256), alone and with HKDF-SHA256 and AES-128-GCM (RFC 9180 section 7). */
const KEM_SUITE = concat(encoder.encode("KEM"), Uint8Array.of(0, 0x20));
const WHOLE_SUITE = concat(encoder.encode("HPKE"), Uint8Array.of(0, 0x20, 0, 1, 0, 1));

/**
 * The key pair of a host; the same seed of 32 bytes gives the same pair (RFC 9180 section 7.1.3).
 *
 * A stranger can make a host open many JOINs, so opening uses the ciphers that are passed in: the library
 * of {@linkcode HpkeSealer} uses WebCrypto, which costs five times as much.
 */
export function openHostKey(seed: Uint8Array, ciphers: Ciphers): JoinOpener {
  const recipient = new HpkeRecipient(seed, JOIN_INFO, ciphers);
  return {
    hostKey: recipient.publicKey,
    open: (encapsulated, ciphertext, associated) =>
      openJoin(recipient, encapsulated, ciphertext, associated),
  };
}

function openJoin(
  recipient: HpkeRecipient,
  encapsulated: Uint8Array,
  ciphertext: Uint8Array,
  associated: Uint8Array,
): OpenedJoin | undefined {
  const context = recipient.receive(encapsulated);
  const plaintext = context?.open(ciphertext, associated);
  if (!context || !plaintext) return undefined;
  const exported = ({ context: name, bytes }: SecretSpec) => context.export(name, bytes);
  const [answer, control] = [exported(ANSWER_SECRET), exported(CONTROL_SECRET)];
  return { plaintext, secrets: { encapsulated: encapsulated.slice(), answer, control } };
}

/** A recipient in RFC 9180's base mode: its key, and the `info` that the senders use too. */
export class HpkeRecipient {
  readonly #kem: LabeledKdf;
  readonly #kdf: LabeledKdf;
  readonly #ciphers: Ciphers;
  readonly #key: KeyAgreement;
  /** Section 5.1's key_schedule_context, the same for all messages. */
  readonly #schedule: Uint8Array;

  /** @param seed 32 bytes or more, from which the key pair is derived. */
  constructor(seed: Uint8Array, info: Uint8Array, ciphers: Ciphers) {
    this.#ciphers = ciphers;
    this.#kem = new LabeledKdf(ciphers, KEM_SUITE);
    const kdf = this.#kdf = new LabeledKdf(ciphers, WHOLE_SUITE);
    const hashes = [
      kdf.extract(EMPTY, "psk_id_hash", EMPTY),
      kdf.extract(EMPTY, "info_hash", info),
    ];
    this.#schedule = concat(MODE_BASE, ...hashes);
    const pseudorandom = this.#kem.extract(EMPTY, "dkp_prk", seed);
    const privateKey = this.#kem.expand(pseudorandom, "sk", EMPTY, PRIVATE_KEY_BYTES);
    this.#key = ciphers.openKeyAgreement(privateKey);
  }

  get publicKey(): Uint8Array {
    return this.#key.publicKey;
  }

  /** Section 5.1.1's SetupBaseR. @returns undefined when `encapsulated` is not a key. */
  receive(encapsulated: Uint8Array): HpkeContext | undefined {
    const agreed = this.#key.agree(encapsulated);
    if (!agreed) return undefined;
    const pseudorandom = this.#kem.extract(EMPTY, "eae_prk", agreed);
    const both = concat(encapsulated, this.publicKey);
    const shared = this.#kem.expand(pseudorandom, "shared_secret", both, HASH_BYTES);
    return new HpkeContext(this.#ciphers, this.#kdf, shared, this.#schedule);
  }
}

/** The keys derived from one encapsulated key (section 5.1's KeySchedule); opens messages in order. */
export class HpkeContext {
  readonly #ciphers: Ciphers;
  readonly #kdf: LabeledKdf;
  readonly #secret: Uint8Array;
  readonly #schedule: Uint8Array;
  readonly #key: Uint8Array;
  readonly #firstNonce: Uint8Array;
  #opened = 0;

  constructor(ciphers: Ciphers, kdf: LabeledKdf, shared: Uint8Array, schedule: Uint8Array) {
    this.#ciphers = ciphers;
    this.#kdf = kdf;
    this.#schedule = schedule;
    this.#secret = kdf.extract(shared, "secret", EMPTY);
    this.#key = kdf.expand(this.#secret, "key", schedule, AES_KEY_BYTES);
    this.#firstNonce = kdf.expand(this.#secret, "base_nonce", schedule, NONCE_BYTES);
  }

  /** @returns undefined when `ciphertext` is not the next message of this context. */
  open(ciphertext: Uint8Array, associated: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#ciphers.open(this.#key, this.#nonce(), ciphertext, associated);
    if (plaintext) this.#opened++;
    return plaintext;
  }

  /** Section 5.3. */
  export(context: Uint8Array, bytes: number): Uint8Array {
    const secret = this.#kdf.expand(this.#secret, "exp", this.#schedule, HASH_BYTES);
    return this.#kdf.expand(secret, "sec", context, bytes);
  }

  /** The nonce of the next message: its number is XORed to the nonce's end (section 5.2). */
  #nonce(): Uint8Array {
    const nonce = this.#firstNonce.slice();
    const view = new DataView(nonce.buffer);
    const end = NONCE_BYTES - 4;
    view.setUint32(end, (view.getUint32(end) ^ this.#opened) >>> 0);
    return nonce;
  }
}

/** Section 4's LabeledExtract and LabeledExpand over HKDF-SHA256 (RFC 5869). */
class LabeledKdf {
  readonly #ciphers: Ciphers;
  readonly #suite: Uint8Array;

  constructor(ciphers: Ciphers, suite: Uint8Array) {
    this.#ciphers = ciphers;
    this.#suite = suite;
  }

  extract(salt: Uint8Array, label: string, input: Uint8Array): Uint8Array {
    return this.#ciphers.hmacSha256(salt, concat(this.#labeled(label), input));
  }

  expand(key: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
    const lengthBytes = Uint8Array.of(length >> 8, length & 0xff);
    const labeled = concat(lengthBytes, this.#labeled(label), info);
    const blocks: Uint8Array[] = [];
    for (let index = 1; (index - 1) * HASH_BYTES < length; index++) {
      const previous = blocks.at(-1) ?? EMPTY;
      const counter = Uint8Array.of(index);
      blocks.push(this.#ciphers.hmacSha256(key, concat(previous, labeled, counter)));
    }
    return concat(...blocks).slice(0, length);
  }

  #labeled(label: string): Uint8Array {
    return concat(VERSION, this.#suite, encoder.encode(label));
  }
}
