import type { Millis } from "../shared/core/units.ts";

/** About two seconds of a stream; what comes beyond is dropped. */
const MAX_KEPT = 256;

interface Kept {
  readonly datagram: Uint8Array;
  readonly at: Millis;
}

/**
 * RTP that overtook the ACCEPT which explains it. It is kept with the time it came, so that the
 * counts and the jitter are exact from the first packet on.
 */
export class EarlyMedia {
  #kept: Kept[] = [];

  /** @returns false when there is no room. */
  keep(datagram: Uint8Array, at: Millis): boolean {
    if (this.#kept.length >= MAX_KEPT) return false;
    this.#kept.push({ datagram: datagram.slice(), at });
    return true;
  }

  /** Everything kept, in order of arrival; nothing is left. */
  takeAll(): Kept[] {
    const all = this.#kept;
    this.#kept = [];
    return all;
  }
}
