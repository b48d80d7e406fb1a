import type { Millis } from "../core/units.ts";
import { RoundTrip } from "../rtcp/round_trip.ts";

/** While no round trip is known. */
const FIRST_TIMEOUT: Millis = 300;
const SHORTEST: Millis = 100;
const LONGEST: Millis = 2000;

/**
 * How long a fragment waits for its acknowledgement before it is repeated: the retransmission timeout of
 * RFC 6298, between 100 ms and 2 s. By Karn's rule the doubled timeout lasts until a fragment that was
 * sent only once is acknowledged, for only then is it certain which copy was acknowledged.
 */
export class RepeatTimeout {
  readonly #roundTrip = new RoundTrip();
  #doubling = 1;

  get millis(): Millis {
    return Math.min(this.#undoubled * this.#doubling, LONGEST);
  }

  get #undoubled(): Millis {
    const { latest, smoothed, variation } = this.#roundTrip;
    if (latest === undefined) return FIRST_TIMEOUT;
    return Math.max((smoothed as number) + 4 * (variation as number), SHORTEST);
  }

  /** Takes a round trip that was measured by other means, such as reports. */
  onRoundTrip(millis: Millis): void {
    this.#roundTrip.add(millis);
  }

  /** A fragment that was sent once was acknowledged after `millis`. */
  onAcknowledged(millis: Millis): void {
    this.#roundTrip.add(millis);
    this.#doubling = 1;
  }

  onExpired(): void {
    if (this.millis < LONGEST) this.#doubling *= 2;
  }
}
