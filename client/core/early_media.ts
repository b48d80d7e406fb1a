import type { Millis } from "../../shared/core/units.ts";

/** About two seconds of a stream; what comes beyond is dropped. */
const MAX_KEPT = 256;

interface Kept {
  readonly datagram: Uint8Array;
  readonly at: Millis;
}

/**
 * What overtook the message that explains it: RTP before its ACCEPT, anything before its key. It is kept
 * with the time it came, so that the counts and the jitter are exact from the first packet on.
 */
export class EarlyMedia {
  #kept: Kept[] = [];

  /** @returns false when there is no room. */
  keep(datagram: Uint8Array, at: Millis): boolean {
    if (this.#kept.length >= MAX_KEPT) return false;
    this.#kept.push({ datagram: datagram.slice(), at });
    return true;
  }

  /** @returns how many were given up, having waited since before `limit`. */
  expire(limit: Millis): number {
    const { length } = this.#kept;
    this.#kept = this.#kept.filter(({ at }) => at >= limit);
    return length - this.#kept.length;
  }

  /** Everything kept, in order of arrival; nothing is left. */
  takeAll(): Kept[] {
    const all = this.#kept;
    this.#kept = [];
    return all;
  }
}
