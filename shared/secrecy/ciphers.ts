/**
 * The primitives that secrecy is built from, handed in: `node:crypto` behind them in Deno. All of them
 * are synchronous, so that cores may use them, and give bytes that are the caller's to keep.
 */
export interface Ciphers {
  /** AES-128-GCM (NIST SP 800-38D) under a 12-byte nonce: the ciphertext, then the tag of 16 bytes. */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array;

  /** @returns what {@linkcode seal} was given; undefined when a bit of anything is not as it was. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array | undefined;

  /** The first `length` bytes of AES-128's counter mode that begins at a 16-byte block. */
  keystream(key: Uint8Array, firstBlock: Uint8Array, length: number): Uint8Array;

  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;

  /** Takes a 32-byte X25519 private key (RFC 7748) into use. */
  openKeyAgreement(privateKey: Uint8Array): KeyAgreement;

  /** The 32-byte Ed25519 public key (RFC 8032) of a 32-byte seed. */
  signingKeyOf(seed: Uint8Array): Uint8Array;

  /** A 64-byte Ed25519 signature. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;

  /** False for anything that is not a signature of `message`, a public key that is none included. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** An X25519 private key in use; kept, since reading a key costs as much as using it. */
export interface KeyAgreement {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns the 32-byte shared secret; undefined for what is no public key, or gives nothing but zeros. */
  agree(publicKey: Uint8Array): Uint8Array | undefined;
}

export const AES_KEY_BYTES = 16;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
export const SIGNING_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
