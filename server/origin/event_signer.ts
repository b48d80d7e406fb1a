import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { signEvent } from "../../shared/secrecy/signed_event.ts";
import type { Signer } from "./origin_core.ts";

/** Signs with the Ed25519 key of an encrypted broadcast, which nobody but the origin has. */
export class EventSigner implements Signer {
  readonly signingKey: Uint8Array;
  readonly #ciphers: Ciphers;
  readonly #seed: Uint8Array;

  /** @param seed of the key: 32 bytes. */
  constructor(ciphers: Ciphers, seed: Uint8Array) {
    this.#ciphers = ciphers;
    this.#seed = seed;
    this.signingKey = ciphers.signingKeyOf(seed);
  }

  signEvent(event: Uint8Array): Uint8Array {
    return signEvent(this.#ciphers, this.#seed, event);
  }
}
