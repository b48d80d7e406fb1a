import { concat } from "../core/bytes.ts";
import { AES_KEY_BYTES } from "./ciphers.ts";
import { MASTER_KEY_BYTES } from "./srtp_keys.ts";

const encoder = new TextEncoder();

/** The length of a host's public X25519 key. */
export const HOST_KEY_BYTES = 32;
/** The length of the encapsulated key before a sealed JOIN. */
export const ENCAPSULATED_BYTES = 32;

/** The `info` of RFC 9180 for a JOIN. */
export const JOIN_INFO = encoder.encode("streamer join 1");

/** A secret that both ends export from a sealed JOIN (RFC 9180 section 5.3). */
export interface SecretSpec {
  readonly context: Uint8Array;
  /** Its length. */
  readonly bytes: number;
}

export const ANSWER_SECRET: SecretSpec = {
  context: encoder.encode("streamer answer"),
  bytes: AES_KEY_BYTES,
};
export const CONTROL_SECRET: SecretSpec = {
  context: encoder.encode("streamer control"),
  bytes: 2 * MASTER_KEY_BYTES,
};

/** What a token's owner signs in part, with the key that the token names. */
export const PROOF_SECRET: SecretSpec = { context: encoder.encode("streamer proof"), bytes: 32 };

const PROOF_PURPOSE = encoder.encode("streamer join proof 1\0");

/**
 * What a JOIN's proof signs with Ed25519 (RFC 8032): `streamer join proof 1`, a zero byte, and
 * {@linkcode PROOF_SECRET}. Another JOIN, or another host's, has another secret, so that a proof is of no use
 * to whoever gets it.
 */
export function proofMessage({ proof }: Pick<JoinSecrets, "proof">): Uint8Array {
  return concat(PROOF_PURPOSE, proof);
}

/** The secrets that only the two ends of a sealed JOIN know. */
export interface JoinSecrets {
  /** The encapsulated key in the JOIN: {@linkcode ENCAPSULATED_BYTES}. */
  readonly encapsulated: Uint8Array;
  /** For sealing the host's answer: 16 bytes. */
  readonly answer: Uint8Array;
  /** The master keys of control packets, the listener's first: twice 28 bytes. */
  readonly control: Uint8Array;
  /** For the proof of the token's owner: 32 bytes. */
  readonly proof: Uint8Array;
}

/** What is sealed; a function when it holds a proof, which depends on the secrets of this very JOIN. */
export type JoinPlaintext = Uint8Array | ((secrets: Pick<JoinSecrets, "proof">) => Uint8Array);

export function plaintextOf(plaintext: JoinPlaintext, secrets: JoinSecrets): Uint8Array {
  return typeof plaintext === "function" ? plaintext(secrets) : plaintext;
}

export interface SealedJoin {
  readonly ciphertext: Uint8Array;
  readonly secrets: JoinSecrets;
}

export interface OpenedJoin {
  readonly plaintext: Uint8Array;
  readonly secrets: JoinSecrets;
}

/** The listener's side. */
export interface JoinSealer {
  /**
   * Seals to the owner of the private key of `hostKey`; each call gives new secrets.
   *
   * @throws Error (or rejects) when `hostKey` is not a key.
   */
  seal(
    hostKey: Uint8Array,
    plaintext: JoinPlaintext,
    associated: Uint8Array,
  ): SealedJoin | Promise<SealedJoin>;
}

/** The host's side: its key pair. */
export interface JoinOpener {
  readonly hostKey: Uint8Array;
  /** @returns undefined when this was not sealed to this key with `associated`. Never throws. */
  open(
    encapsulated: Uint8Array,
    ciphertext: Uint8Array,
    associated: Uint8Array,
  ): OpenedJoin | undefined | Promise<OpenedJoin | undefined>;
}
