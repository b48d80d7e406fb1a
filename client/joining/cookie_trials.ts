import type { Millis } from "../../shared/core/units.ts";

const SHORTEST_MILLIS: Millis = 1000;
const LONGEST_MILLIS: Millis = 4000;
/** An answer to a JOIN takes one, if nothing is lost. */
const ROUND_TRIPS = 1.5;

/**
 * For how long a JOIN is repeated before another cookie is asked for. The one it shows may be good no more:
 * the host may have restarted, or a NAT have given us another address than it was made for. But the path
 * may just be long, so that each cookie gets half as much again as it took to come, and twice as long as
 * the one before.
 */
export class CookieTrials {
  #askedAt: Millis | undefined;
  #nextMillis: Millis = SHORTEST_MILLIS;

  /** A cookie is asked for, for the first time or again. */
  onAsked(now: Millis): void {
    this.#askedAt ??= now;
  }

  /** It has come. @returns until when it is to be tried. */
  onCome(now: Millis): Millis {
    const roundTrip = now - (this.#askedAt ?? now);
    const trial = Math.min(Math.max(this.#nextMillis, roundTrip * ROUND_TRIPS), LONGEST_MILLIS);
    this.#nextMillis = trial * 2;
    this.#askedAt = undefined;
    return now + trial;
  }

  /** Begins anew: what was before says nothing of what comes. */
  reset(): void {
    this.#askedAt = undefined;
    this.#nextMillis = SHORTEST_MILLIS;
  }
}
