import { concat } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { type Ciphers, SIGNATURE_BYTES } from "./ciphers.ts";

/** The broadcast that a signature is good for: 16 hexadecimal digits. */
interface OfBroadcast {
  readonly broadcastId: string;
}

/** What the host signs with. */
export interface EventSigner extends OfBroadcast {
  readonly ciphers: Pick<Ciphers, "sign">;
  /** The seed of the host's Ed25519 key: 32 bytes. */
  readonly seed: Uint8Array;
}

/** What a listener checks signatures with. */
export interface EventVerifier extends OfBroadcast {
  readonly ciphers: Pick<Ciphers, "verify">;
  /** The host's Ed25519 public key: 32 bytes. */
  readonly signingKey: Uint8Array;
}

/** What is signed. The word and the zero byte prevent the use of one's signature for the other. */
export type Signed = "event" | "events" | "data";

/**
 * The payload of an encrypted broadcast's event: the host's Ed25519 signature, then the event. Every
 * listener knows the media key, so encryption does not prove that the host sent the event; the
 * signature does. It covers the broadcast's id too, so that an event of one match proves nothing about
 * another match of the same host.
 */
export function signEvent(signer: EventSigner, event: Uint8Array): Uint8Array {
  return sign("event", signer, event);
}

/** @returns the event; "unsigned" when the signature is not the host's. */
export function verifyEvent(verifier: EventVerifier, payload: Uint8Array): Parsed<Uint8Array> {
  return verify("event", verifier, payload);
}

/** @returns the signature of `bytes`, then `bytes`. */
export function sign(signed: Signed, signer: EventSigner, bytes: Uint8Array): Uint8Array {
  return concat(signatureOf(signed, signer, bytes), bytes);
}

/** The signature of `bytes` alone, {@linkcode SIGNATURE_BYTES} long. */
export function signatureOf(signed: Signed, signer: EventSigner, bytes: Uint8Array): Uint8Array {
  return signer.ciphers.sign(signer.seed, wordsOf(signed, signer, bytes));
}

/** Whether `signature` is the host's of `bytes`. */
export function isSignatureOf(
  signed: Signed,
  verifier: EventVerifier,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return signature.length === SIGNATURE_BYTES &&
    verifier.ciphers.verify(verifier.signingKey, wordsOf(signed, verifier, bytes), signature);
}

/** @returns the bytes after the signature; "unsigned" when the signature is not the host's. */
export function verify(
  signed: Signed,
  verifier: EventVerifier,
  payload: Uint8Array,
): Parsed<Uint8Array> {
  const signature = payload.subarray(0, SIGNATURE_BYTES);
  const bytes = payload.subarray(SIGNATURE_BYTES);
  return isSignatureOf(signed, verifier, bytes, signature) ? parsed(bytes) : junk("unsigned");
}

function wordsOf(signed: Signed, { broadcastId }: OfBroadcast, bytes: Uint8Array): Uint8Array {
  return concat(
    new TextEncoder().encode(`streamer ${signed}\0`),
    Uint8Array.fromHex(broadcastId),
    bytes,
  );
}
