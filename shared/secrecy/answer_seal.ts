import { concat } from "../core/bytes.ts";
import { AES_KEY_BYTES, type Ciphers, NONCE_BYTES } from "./ciphers.ts";
import type { JoinSecrets } from "./join_sealing.ts";

/** The length of an AEAD key or nonce, whichever is longer (RFC 9458 section 4.4). */
export const ANSWER_NONCE_BYTES = 16;

const encoder = new TextEncoder();
const KEY_LABEL = encoder.encode("key");
const NONCE_LABEL = encoder.encode("nonce");
/** HKDF-Expand's counter: no output here is longer than one block (RFC 5869 section 2.3). */
const FIRST_BLOCK = Uint8Array.of(1);

/**
 * Seals the host's answer with secrets that only the listener of the JOIN knows (RFC 9458 section 4.4).
 *
 * @param nonce {@linkcode ANSWER_NONCE_BYTES} random bytes, new for every answer.
 */
export function sealAnswer(
  ciphers: Ciphers,
  secrets: Pick<JoinSecrets, "encapsulated" | "answer">,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const keys = answerKeys(ciphers, secrets, nonce);
  return ciphers.seal(keys.key, keys.nonce, plaintext, associated);
}

/** @returns undefined when this is not the answer to the JOIN with these secrets. */
export function openAnswer(
  ciphers: Ciphers,
  secrets: Pick<JoinSecrets, "encapsulated" | "answer">,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  const keys = answerKeys(ciphers, secrets, nonce);
  return ciphers.open(keys.key, keys.nonce, sealed, associated);
}

function answerKeys(
  ciphers: Ciphers,
  { encapsulated, answer }: Pick<JoinSecrets, "encapsulated" | "answer">,
  nonce: Uint8Array,
) {
  const pseudorandomKey = ciphers.hmacSha256(concat(encapsulated, nonce), answer);
  const expand = (label: Uint8Array, length: number) =>
    ciphers.hmacSha256(pseudorandomKey, label, FIRST_BLOCK).subarray(0, length);
  return { key: expand(KEY_LABEL, AES_KEY_BYTES), nonce: expand(NONCE_LABEL, NONCE_BYTES) };
}
