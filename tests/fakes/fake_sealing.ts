import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { concat } from "../../shared/core/bytes.ts";
import type { Rng } from "../../shared/core/rng.ts";
import {
  ENCAPSULATED_BYTES,
  HOST_KEY_BYTES,
  type JoinOpener,
  type JoinPlaintext,
  type JoinSealer,
  type JoinSecrets,
  type OpenedJoin,
  plaintextOf,
  type SealedJoin,
} from "../../shared/secrecy/join_sealing.ts";

const encoder = new TextEncoder();
const NONCE = new Uint8Array(12);

/**
 * Replaces HPKE in virtual time, since HPKE is asynchronous: the same shapes and failures, but anyone
 * who knows the public key can compute the secrets.
 */
export class FakeSealer implements JoinSealer {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  seal(hostKey: Uint8Array, plaintext: JoinPlaintext, associated: Uint8Array): SealedJoin {
    if (hostKey.length !== HOST_KEY_BYTES) throw new Error("This is no key");
    const encapsulated = this.#rng.bytes(ENCAPSULATED_BYTES);
    const { key, secrets } = derive(hostKey, encapsulated);
    const sealed = plaintextOf(plaintext, secrets);
    return { ciphertext: nodeCiphers.seal(key, NONCE, sealed, associated), secrets };
  }
}

export class FakeOpener implements JoinOpener {
  readonly hostKey: Uint8Array;

  constructor(keys: { bytes(length: number): Uint8Array }) {
    this.hostKey = keys.bytes(HOST_KEY_BYTES);
  }

  open(
    encapsulated: Uint8Array,
    ciphertext: Uint8Array,
    associated: Uint8Array,
  ): OpenedJoin | undefined {
    const { key, secrets } = derive(this.hostKey, encapsulated);
    const plaintext = nodeCiphers.open(key, NONCE, ciphertext, associated);
    return plaintext && { plaintext, secrets };
  }
}

function derive(hostKey: Uint8Array, encapsulated: Uint8Array) {
  const expand = (label: string) =>
    nodeCiphers.hmacSha256(hostKey, concat(encapsulated, encoder.encode(label)));
  const control = concat(expand("control 1"), expand("control 2")).slice(0, 56);
  const answer = expand("answer").slice(0, 16);
  const secrets: JoinSecrets = { encapsulated, answer, control, proof: expand("proof") };
  return { key: expand("key").slice(0, 16), secrets };
}
