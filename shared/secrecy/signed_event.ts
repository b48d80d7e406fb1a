import { concat } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { type Ciphers, SIGNATURE_BYTES } from "./ciphers.ts";

/** Prevents the signature of an event from being used for anything else. */
const CONTEXT = new TextEncoder().encode("streamer event\0");

/**
 * The payload of an encrypted broadcast's event: the host's Ed25519 signature, then the event. Every
 * listener knows the media key, so encryption does not prove that the host sent the event; the
 * signature does.
 */
export function signEvent(ciphers: Ciphers, seed: Uint8Array, event: Uint8Array): Uint8Array {
  return concat(ciphers.sign(seed, concat(CONTEXT, event)), event);
}

/** @returns the event; "unsigned" when the signature is not the host's. */
export function verifyEvent(
  ciphers: Ciphers,
  signingKey: Uint8Array,
  payload: Uint8Array,
): Parsed<Uint8Array> {
  const event = payload.subarray(SIGNATURE_BYTES);
  const signature = payload.subarray(0, SIGNATURE_BYTES);
  const isSigned = signature.length === SIGNATURE_BYTES &&
    ciphers.verify(signingKey, concat(CONTEXT, event), signature);
  return isSigned ? parsed(event) : junk("unsigned");
}
