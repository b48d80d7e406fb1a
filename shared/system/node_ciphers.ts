import { Buffer } from "node:buffer";
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import {
  type Ciphers,
  type KeyAgreement,
  SIGNING_KEY_BYTES,
  TAG_BYTES,
} from "../secrecy/ciphers.ts";
import { hmacSha256 } from "../secrecy/hmac_sha256.ts";

/** The bytes before the seed in a PKCS #8 Ed25519 private key (RFC 8410 section 7). */
const PRIVATE_KEY_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");
/** The bytes before the key in a SubjectPublicKeyInfo of Ed25519 (RFC 8410 section 4). */
const PUBLIC_KEY_PREFIX = Uint8Array.fromHex("302a300506032b6570032100");
/** The same for X25519 (RFC 8410 sections 4 and 7). */
const AGREEMENT_PRIVATE_PREFIX = Uint8Array.fromHex("302e020100300506032b656e04220420");
const AGREEMENT_PUBLIC_PREFIX = Uint8Array.fromHex("302a300506032b656e032100");
const AGREEMENT_KEY_BYTES = 32;
/** For a cipher without one. Deno before 2.9 refuses `null`. */
const NO_NONCE = new Uint8Array();

/**
 * {@linkcode Ciphers} with `node:crypto`, which for packets is several times as fast as WebCrypto; HMAC is our own,
 * since each call of `createHmac` makes a stream.
 */
export const nodeCiphers: Ciphers = {
  seal(key, nonce, plaintext, associated) {
    const cipher = createCipheriv("aes-128-gcm", key, nonce);
    cipher.setAAD(associated);
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
    sealed.set(cipher.update(plaintext));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plaintext.length);
    return sealed;
  },

  open(key, nonce, sealed, associated) {
    if (sealed.length < TAG_BYTES) return undefined;
    const decipher = createDecipheriv("aes-128-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associated);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plaintext = decipher.update(sealed.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return bytesOf(plaintext);
  },

  encryptBlocks(key, blocks) {
    const cipher = createCipheriv("aes-128-ecb", key, NO_NONCE);
    cipher.setAutoPadding(false);
    const encrypted = bytesOf(cipher.update(blocks));
    // Without this call the runtime keeps 1 kB outside the heap for each cipher.
    cipher.final();
    return encrypted;
  },

  hmacSha256,

  sha256(...parts) {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return bytesOf(hash.digest());
  },

  openKeyAgreement: (privateKey) => new NodeKeyAgreement(privateKey),

  signingKeyOf(seed) {
    const der = createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" });
    return new Uint8Array(der.subarray(-SIGNING_KEY_BYTES));
  },

  sign: (seed, message) => new Uint8Array(sign(null, message, privateKey(seed))),

  verify(publicKey, message, signature) {
    try {
      const der = withPrefix(PUBLIC_KEY_PREFIX, publicKey);
      const key = createPublicKey({ key: der, format: "der", type: "spki" });
      return verify(null, message, key, signature);
    } catch {
      return false;
    }
  },
};

class NodeKeyAgreement implements KeyAgreement {
  readonly publicKey: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor(privateKey: Uint8Array) {
    const key = withPrefix(AGREEMENT_PRIVATE_PREFIX, privateKey);
    this.#privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
    const der = createPublicKey(this.#privateKey).export({ format: "der", type: "spki" });
    this.publicKey = new Uint8Array(der.subarray(-AGREEMENT_KEY_BYTES));
  }

  agree(publicKey: Uint8Array): Uint8Array | undefined {
    try {
      const der = withPrefix(AGREEMENT_PUBLIC_PREFIX, publicKey);
      const key = createPublicKey({ key: der, format: "der", type: "spki" });
      const secret = diffieHellman({ privateKey: this.#privateKey, publicKey: key });
      // A public key of small order gives a secret that anyone knows: all zeros (RFC 7748 section 6.1).
      return secret.some((byte) => byte !== 0) ? new Uint8Array(secret) : undefined;
    } catch {
      return undefined;
    }
  }
}

function privateKey(seed: Uint8Array) {
  const key = withPrefix(PRIVATE_KEY_PREFIX, seed);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/** The same memory, which the runtime made for this result alone, without the methods of a `Buffer`. */
function bytesOf({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A key in DER, as `node:crypto` takes it. */
function withPrefix(prefix: Uint8Array, key: Uint8Array): Buffer {
  return Buffer.concat([prefix, key]);
}
