import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";

export interface BackoffOptions {
  readonly first: Millis;
  /** The factor from one wait to the next. */
  readonly growth: number;
  readonly longest: Millis;
}

/**
 * Waits that grow up to a limit. Each is up to a quarter shorter or longer at random, so that many
 * listeners do not ask at the same moment.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #rng: Rng;
  #tries = 0;

  constructor(options: BackoffOptions, rng: Rng) {
    this.#options = options;
    this.#rng = rng;
  }

  next(): Millis {
    const { first, growth, longest } = this.#options;
    const wait = Math.min(first * growth ** this.#tries++, longest);
    return wait * (0.75 + 0.5 * this.#rng.float());
  }

  reset(): void {
    this.#tries = 0;
  }
}

const SHORTEST_TRIAL: Millis = 1000;
const LONGEST_TRIAL: Millis = 4000;
/** If nothing is lost, the answer to a JOIN takes one round trip. */
const ROUND_TRIPS = 1.5;

/**
 * For how long a JOIN is repeated with one cookie before a new cookie is requested. The cookie may have
 * become invalid, because the host restarted or a NAT gave this listener another address. Or the path may
 * just be long. So each cookie is tried for 1.5 times as long as it took to come, and for twice as long as
 * the cookie before.
 */
export class CookieTrials {
  #askedAt: Millis | undefined;
  #nextTrial: Millis = SHORTEST_TRIAL;

  /** A cookie is requested, for the first time or again. */
  onAsked(now: Millis): void {
    this.#askedAt ??= now;
  }

  /** The cookie came. @returns until when to try it. */
  onCookie(now: Millis): Millis {
    const roundTrip = now - (this.#askedAt ?? now);
    const trial = Math.min(Math.max(this.#nextTrial, roundTrip * ROUND_TRIPS), LONGEST_TRIAL);
    this.#nextTrial = trial * 2;
    this.#askedAt = undefined;
    return now + trial;
  }

  reset(): void {
    this.#askedAt = undefined;
    this.#nextTrial = SHORTEST_TRIAL;
  }
}
