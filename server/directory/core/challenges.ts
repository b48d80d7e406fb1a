import { createPublicKey, verify } from "node:crypto";
import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { fromBase64Url, identityProof } from "../../../shared/directory/identity.ts";
import { toBase64Url } from "../../../shared/text/base64.ts";

const CHALLENGE_BYTES = 32;
const LIFETIME: Millis = 60_000;

/** What a person gives to identify; all of it in base64url. */
export interface Proof {
  readonly publicKey: string;
  readonly challenge: string;
  readonly signature: string;
}

/** Random challenges, each for one key and good once. */
export class Challenges {
  readonly #rng: Rng;
  /** The oldest is dropped when there are too many: its person asks again. */
  readonly #open: BoundedMap<string, { readonly publicKey: string; readonly expiresAt: Millis }>;

  constructor(rng: Rng, capacity: number) {
    this.#rng = rng;
    this.#open = new BoundedMap(capacity);
  }

  make(publicKey: string, now: Millis): { challenge: string; expiresAt: Millis } {
    const challenge = toBase64Url(this.#rng.bytes(CHALLENGE_BYTES));
    const expiresAt = Math.floor(now + LIFETIME);
    this.#open.set(challenge, { publicKey, expiresAt });
    return { challenge, expiresAt };
  }

  /** Uses the challenge up, whether the signature is right or not. */
  check({ publicKey, challenge, signature }: Proof, now: Millis): boolean {
    const open = this.#open.get(challenge);
    this.#open.delete(challenge);
    if (open === undefined || open.publicKey !== publicKey || now >= open.expiresAt) return false;
    return isSignedBy(publicKey, identityProof(challenge), fromBase64Url(signature));
  }
}

/** Checks a signature of Ed25519 (RFC 8032). @returns false also when the key is no key. */
export function isSignedBy(
  publicKey: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: publicKey };
    return verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
  } catch {
    return false;
  }
}
