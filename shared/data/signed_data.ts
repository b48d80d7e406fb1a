import { concat, viewOf } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { unwrapNear } from "../core/seq.ts";
import { type Ciphers, SIGNATURE_BYTES } from "../secrecy/ciphers.ts";
import {
  type EventSigner,
  type EventVerifier,
  isSignatureOf,
  signatureOf,
} from "../secrecy/signed_event.ts";

import { type DataMessage, parseDataMessage } from "./data_message.ts";

/** What the host signs messages with. */
export interface DataSigner extends EventSigner {
  readonly ciphers: Pick<Ciphers, "sign" | "sha256">;
}

/** What a listener checks messages with. */
export interface DataVerifier extends EventVerifier {
  readonly ciphers: Pick<Ciphers, "verify" | "sha256">;
}

/** A message that was put together from its fragments. */
export interface CollectedBytes {
  /** Its count, by its fragments. */
  readonly number: number;
  /** All of it, signature included. */
  readonly bytes: Uint8Array;
}

const NUMBER_BYTES = 4;

/**
 * Signs a message. The signature covers the words `streamer data`, a zero byte, the broadcast's id, the
 * message's number (4 bytes) and the SHA-256 of the message.
 *
 * @param number the message's count; its lower 32 bits stand in the fragments and are signed.
 * @returns the signature, then `message`.
 */
export function signData(signer: DataSigner, number: number, message: Uint8Array): Uint8Array {
  const signed = wordsOf(signer.ciphers, number, message);
  return concat(signatureOf("data", signer, signed), message);
}

/** @returns the message without its signature; "unsigned" when the signature is not the host's. */
export function verifyData(
  verifier: DataVerifier,
  number: number,
  bytes: Uint8Array,
): Parsed<Uint8Array> {
  const signature = bytes.subarray(0, SIGNATURE_BYTES);
  const message = bytes.subarray(SIGNATURE_BYTES);
  const signed = wordsOf(verifier.ciphers, number, message);
  return isSignatureOf("data", verifier, signed, signature) ? parsed(message) : junk("unsigned");
}

/**
 * Checks and reads a message that a listener has collected.
 *
 * @param verifier absent when the broadcast is sent in clear.
 * @param ssrc that of its stream; "replayed" when the message was signed for another one.
 */
export function openCollected(
  { number, bytes }: CollectedBytes,
  verifier: DataVerifier | undefined,
  ssrc: number,
): Parsed<DataMessage> {
  const opened = verifier ? verifyData(verifier, number, bytes) : parsed(bytes);
  const message = opened.ok ? parseDataMessage(opened.value) : opened;
  if (!message.ok) return message;
  if (verifier && message.value.head.ssrc !== ssrc) return junk("replayed");
  // Fragments have the lower 32 bits of the count.
  const isItsNumber = unwrapNear(message.value.head.count, number, 32) === number;
  return isItsNumber ? message : junk("malformedData");
}

function wordsOf(
  { sha256 }: Pick<Ciphers, "sha256">,
  number: number,
  message: Uint8Array,
): Uint8Array {
  const wrapped = new Uint8Array(NUMBER_BYTES);
  viewOf(wrapped).setUint32(0, number);
  return concat(wrapped, sha256(message));
}
