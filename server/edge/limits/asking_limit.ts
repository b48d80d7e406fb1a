import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { RateLimit, SourceLimit } from "./rate_limit.ts";

/**
 * HELLOs answered a second, and JOINs whose cookies are verified, each for itself: a crowd of ten thousand is
 * in within seconds, and however many JOINs there are, whoever asks for a cookie gets one.
 */
const ASKED_PER_SECOND = 4000;
/** Of those, what one address may have: a school behind one router is in within seconds. */
const ONE_SOURCE = { perSecond: 500, burst: 1000, capacity: 4096 };

/** So many a second of all addresses, and of those so many of each. */
export class AskingLimit {
  readonly #all: RateLimit;
  readonly #sources = new SourceLimit(ONE_SOURCE);

  constructor(now: Millis) {
    this.#all = new RateLimit(ASKED_PER_SECOND, ASKED_PER_SECOND, now);
  }

  take({ hostname }: Address, now: Millis): boolean {
    // Asked first: what one sender has too much is not taken from the others.
    return this.#sources.take(hostname, now) && this.#all.take(now);
  }
}
