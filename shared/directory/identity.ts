import { fromBase64 } from "../text/base64.ts";

const PURPOSE = new TextEncoder().encode("streamer directory 1\0");

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
