/*
 * Encryption and signatures, from the JOIN to each packet.
 *
 * In: packets and messages in clear, and keys. Out: the same, sealed or signed; and back.
 *
 * A listener seals its JOIN to the host's key (hpke.ts; the host opens it in hpke_opener.ts, whose keys
 * hpke_kdf.ts derives). Both export secrets from it (join_sealing.ts): one seals the host's answer
 * (answer_seal.ts), another the control packets between the two (control_channel.ts). Media is sealed as SRTP
 * and SRTCP (srtp.ts, srtcp.ts) with keys that all listeners share for a time, an epoch (group_epoch.ts);
 * srtp_keys.ts, packet_cipher.ts and replay_window.ts are their parts. Events are also signed (signed_event.ts).
 * This file describes the primitives. Read next: join_sealing.ts.
 */

/**
 * The cryptographic primitives, which are passed in; in Deno they are `node:crypto`
 * (shared/system/node_ciphers.ts). All are synchronous, so that cores may use them, and the caller may
 * keep the returned bytes.
 */
export interface Ciphers {
  /** AES-128-GCM (NIST SP 800-38D) with a 12-byte nonce: the ciphertext, then the tag of 16 bytes. */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array;

  /** @returns the plaintext given to {@linkcode seal}; undefined when any bit was changed. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array | undefined;

  /** AES-128 (FIPS 197) of each block of 16 bytes alone: for keys, never for messages. */
  encryptBlocks(key: Uint8Array, blocks: Uint8Array): Uint8Array;

  /** HMAC-SHA256 (RFC 2104) of the parts, one after the other. */
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;

  /** SHA-256 (FIPS 180-4) of the parts, one after the other. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;

  /** Loads a 32-byte X25519 private key (RFC 7748). */
  openKeyAgreement(privateKey: Uint8Array): KeyAgreement;

  /** The 32-byte Ed25519 public key (RFC 8032) of a 32-byte seed. */
  signingKeyOf(seed: Uint8Array): Uint8Array;

  /** A 64-byte Ed25519 signature. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;

  /** False when this is not a signature of `message`, or `publicKey` is not a key. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** A loaded X25519 private key; it is kept, because loading costs as much as using it. */
export interface KeyAgreement {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns the 32-byte shared secret; undefined when `publicKey` is not a key or gives only zeros. */
  agree(publicKey: Uint8Array): Uint8Array | undefined;
}

export const AES_KEY_BYTES = 16;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
export const SIGNING_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
