import type { Ciphers, KeyAgreement } from "./ciphers.ts";
import { type HpkeContext, HpkeKdf } from "./hpke_kdf.ts";
import {
  ANSWER_SECRET,
  CONTROL_SECRET,
  JOIN_INFO,
  type JoinOpener,
  type JoinSecrets,
  type OpenedJoin,
  PROOF_SECRET,
  type SecretSpec,
} from "./join_sealing.ts";

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
  return { plaintext, secrets: exportSecrets(context, encapsulated.slice()) };
}

/** The secrets of a JOIN, each exported when it is used: one that is refused gets no control packets. */
function exportSecrets(context: HpkeContext, encapsulated: Uint8Array): JoinSecrets {
  const exported = ({ context: name, bytes }: SecretSpec) => context.export(name, bytes);
  let answer: Uint8Array | undefined;
  let control: Uint8Array | undefined;
  let proof: Uint8Array | undefined;
  return {
    encapsulated,
    get answer() {
      return answer ??= exported(ANSWER_SECRET);
    },
    get control() {
      return control ??= exported(CONTROL_SECRET);
    },
    get proof() {
      return proof ??= exported(PROOF_SECRET);
    },
  };
}

/** A recipient in RFC 9180's base mode: its key, and the `info` that the senders use too. */
export class HpkeRecipient {
  readonly #kdf: HpkeKdf;
  readonly #key: KeyAgreement;

  /** @param seed 32 bytes or more, from which the key pair is derived. */
  constructor(seed: Uint8Array, info: Uint8Array, ciphers: Ciphers) {
    this.#kdf = new HpkeKdf(info, ciphers);
    this.#key = ciphers.openKeyAgreement(this.#kdf.privateKeyOf(seed));
  }

  get publicKey(): Uint8Array {
    return this.#key.publicKey;
  }

  /** Section 5.1.1's SetupBaseR. @returns undefined when `encapsulated` is not a key. */
  receive(encapsulated: Uint8Array): HpkeContext | undefined {
    const agreed = this.#key.agree(encapsulated);
    return agreed && this.#kdf.contextOf(agreed, encapsulated, this.publicKey);
  }
}
