import type { Ciphers } from "../secrecy/ciphers.ts";
import { fromBase64, toBase64Url } from "../text/base64.ts";

const PURPOSE = new TextEncoder().encode("streamer directory 1\0");

/** Somebody's key pair of Ed25519 (RFC 8032), by which directories and hosts know them again. */
export interface Identity {
  /** 32 bytes in base64url. */
  readonly publicKey: string;
  /** @returns a signature of 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** @param seed the private key, 32 bytes. */
export function identityOf(
  seed: Uint8Array,
  ciphers: Pick<Ciphers, "sign" | "signingKeyOf">,
): Identity {
  const publicKey = toBase64Url(ciphers.signingKeyOf(seed));
  return { publicKey, sign: (message) => ciphers.sign(seed, message) };
}

/** The name of somebody who has not said one. It is the same each time, and not what their machine calls them. */
export function guestName(publicKey: string): string {
  return `Guest ${publicKey.replaceAll(/[-_]/g, "").slice(0, 4)}`;
}

/** Told once, when an identity was made. Who runs a directory for members needs the public key. */
export function newIdentityText(
  { path, identity: { publicKey } }: { readonly path: string; readonly identity: Identity },
): string {
  return `Made your identity: ${path} (public key ${publicKey})`;
}

/**
 * What a person signs with Ed25519 to identify: `streamer directory 1`, a zero byte, the challenge's bytes.
 *
 * @param challenge base64url
 * @throws Error when it is not base64url.
 */
export function identityProof(challenge: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(challenge);
  const proof = new Uint8Array(PURPOSE.length + bytes.length);
  proof.set(PURPOSE);
  proof.set(bytes, PURPOSE.length);
  return proof;
}

/** @throws Error when `text` is not base64url (RFC 4648 section 5). */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}
