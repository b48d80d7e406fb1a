import {
  Aes128Gcm,
  CipherSuite,
  DhkemX25519HkdfSha256,
  type EncryptionContext,
  HkdfSha256,
} from "@hpke/core";
import type { Rng } from "../core/rng.ts";
import {
  ANSWER_SECRET,
  CONTROL_SECRET,
  JOIN_INFO,
  type JoinPlaintext,
  type JoinSealer,
  type JoinSecrets,
  plaintextOf,
  PROOF_SECRET,
  type SealedJoin,
  type SecretSpec,
} from "./join_sealing.ts";

/** RFC 9180 in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. */
export const joinSuite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
});

const INFO = copyOf(JOIN_INFO);
const SEED_BYTES = 32;

/** Seals JOINs with HPKE; `hpke_opener.ts` opens them. */
export class HpkeSealer implements JoinSealer {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  async seal(
    hostKey: Uint8Array,
    plaintext: JoinPlaintext,
    associated: Uint8Array,
  ): Promise<SealedJoin> {
    const recipientPublicKey = await joinSuite.kem.deserializePublicKey(copyOf(hostKey));
    // The ephemeral key is derived from our own random numbers (RFC 9180 section 7.1.3).
    const ekm = this.#rng.bytes(SEED_BYTES).buffer;
    const context = await joinSuite.createSenderContext({ recipientPublicKey, info: INFO, ekm });
    const secrets = await exportSecrets(context, new Uint8Array(context.enc));
    const sealed = copyOf(plaintextOf(plaintext, secrets));
    const ciphertext = await context.seal(sealed, copyOf(associated));
    return { ciphertext: new Uint8Array(ciphertext), secrets };
  }
}

async function exportSecrets(
  context: Pick<EncryptionContext, "export">,
  encapsulated: Uint8Array,
): Promise<JoinSecrets> {
  const exported = async ({ context: name, bytes }: SecretSpec) =>
    new Uint8Array(await context.export(copyOf(name), bytes));
  const answer = await exported(ANSWER_SECRET);
  const control = await exported(CONTROL_SECRET);
  const proof = await exported(PROOF_SECRET);
  return { encapsulated, answer, control, proof };
}

/** The library takes whole buffers, not views. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
