import {
  Aes128Gcm,
  CipherSuite,
  DhkemX25519HkdfSha256,
  type EncryptionContext,
  HkdfSha256,
} from "@hpke/core";
import type { Rng } from "../core/rng.ts";
import { AES_KEY_BYTES } from "./ciphers.ts";
import type {
  JoinOpener,
  JoinSealer,
  JoinSecrets,
  OpenedJoin,
  SealedJoin,
} from "./join_sealing.ts";
import { MASTER_KEY_BYTES } from "./srtp_keys.ts";

/** RFC 9180 in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. */
export const joinSuite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
});

const INFO = bytesOf("streamer join 1");
const ANSWER_CONTEXT = bytesOf("streamer answer");
const CONTROL_CONTEXT = bytesOf("streamer control");
const SEED_BYTES = 32;

/** Seals JOINs by HPKE. */
export class HpkeSealer implements JoinSealer {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  async seal(
    hostKey: Uint8Array,
    plaintext: Uint8Array,
    associated: Uint8Array,
  ): Promise<SealedJoin> {
    const recipientPublicKey = await joinSuite.kem.deserializePublicKey(copyOf(hostKey));
    // The ephemeral key comes from the randomness we were handed (RFC 9180 section 7.1.3).
    const ekm = this.#rng.bytes(SEED_BYTES).buffer;
    const context = await joinSuite.createSenderContext({ recipientPublicKey, info: INFO, ekm });
    const ciphertext = await context.seal(copyOf(plaintext), copyOf(associated));
    const secrets = await exportSecrets(context, new Uint8Array(context.enc));
    return { ciphertext: new Uint8Array(ciphertext), secrets };
  }
}

/** The key pair of a host. The same seed of 32 bytes gives the same pair. */
export async function openHostKey(seed: Uint8Array): Promise<JoinOpener> {
  const pair = await joinSuite.kem.deriveKeyPair(copyOf(seed));
  const hostKey = new Uint8Array(await joinSuite.kem.serializePublicKey(pair.publicKey));
  return {
    hostKey,
    open: (encapsulated, ciphertext, associated) =>
      openJoin(pair.privateKey, encapsulated, ciphertext, associated).catch(() => undefined),
  };
}

async function openJoin(
  recipientKey: CryptoKey,
  encapsulated: Uint8Array,
  ciphertext: Uint8Array,
  associated: Uint8Array,
): Promise<OpenedJoin> {
  const enc = copyOf(encapsulated);
  const context = await joinSuite.createRecipientContext({ recipientKey, enc, info: INFO });
  const plaintext = await context.open(copyOf(ciphertext), copyOf(associated));
  const secrets = await exportSecrets(context, encapsulated.slice());
  return { plaintext: new Uint8Array(plaintext), secrets };
}

async function exportSecrets(
  context: Pick<EncryptionContext, "export">,
  encapsulated: Uint8Array,
): Promise<JoinSecrets> {
  const answer = await context.export(ANSWER_CONTEXT, AES_KEY_BYTES);
  const control = await context.export(CONTROL_CONTEXT, 2 * MASTER_KEY_BYTES);
  return { encapsulated, answer: new Uint8Array(answer), control: new Uint8Array(control) };
}

function bytesOf(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer;
}

/** The library takes whole buffers, where a view would bring its surroundings along. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
