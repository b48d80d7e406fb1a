import { AES_KEY_BYTES } from "./ciphers.ts";
import { MASTER_KEY_BYTES } from "./srtp_keys.ts";

const encoder = new TextEncoder();

/** A host's public X25519 key. */
export const HOST_KEY_BYTES = 32;
/** The encapsulated key that comes before a sealed JOIN. */
export const ENCAPSULATED_BYTES = 32;

/** What a JOIN is sealed with besides the host's key (RFC 9180's `info`). */
export const JOIN_INFO = encoder.encode("streamer join 1");

/** A secret that both ends export from a sealed JOIN (RFC 9180 section 5.3). */
export interface SecretSpec {
  readonly context: Uint8Array;
  /** How long it is. */
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

/** What both ends know once a JOIN was sealed to the host, and nobody else does. */
export interface JoinSecrets {
  /** As it stands in the JOIN: {@linkcode ENCAPSULATED_BYTES}. */
  readonly encapsulated: Uint8Array;
  /** Seals the host's answer: 16 bytes. */
  readonly answer: Uint8Array;
  /** The master keys of control, listener's first: twice 28 bytes. */
  readonly control: Uint8Array;
}

export interface SealedJoin {
  readonly ciphertext: Uint8Array;
  readonly secrets: JoinSecrets;
}

export interface OpenedJoin {
  readonly plaintext: Uint8Array;
  readonly secrets: JoinSecrets;
}

/** A listener's side. */
export interface JoinSealer {
  /**
   * Seals to whoever has the private key of `hostKey`; each call gives new secrets.
   *
   * @throws Error (or rejects) when `hostKey` is no key.
   */
  seal(
    hostKey: Uint8Array,
    plaintext: Uint8Array,
    associated: Uint8Array,
  ): SealedJoin | Promise<SealedJoin>;
}

/** A host's side: its key pair. */
export interface JoinOpener {
  readonly hostKey: Uint8Array;
  /** @returns undefined for anything that was not sealed to this key with these bytes. Never throws. */
  open(
    encapsulated: Uint8Array,
    ciphertext: Uint8Array,
    associated: Uint8Array,
  ): OpenedJoin | undefined | Promise<OpenedJoin | undefined>;
}
