import type { Millis } from "../core/units.ts";
import { middleBits, toNtp } from "./ntp.ts";

/** A longer round trip is a false value or an echo that is too old. */
const LONGEST_MILLIS: Millis = 30_000;

/**
 * The round trip, measured from the other end's echo of our clock (RFC 3611 section 4.5, or LSR and
 * DLSR) as in RFC 3550 section 6.4.1, and smoothed as in RFC 6298 section 2.
 */
export class RoundTrip {
  #latest: Millis | undefined;
  #smoothed: Millis = 0;
  #variation: Millis = 0;

  /**
   * @param lastReferenceTime middle bits of the NTP time that we sent; 0 when the other end has none.
   * @param delaySince from its arrival at the other end to the echo, in 1/65536 s.
   * @returns the round trip of this echo, unless it is none.
   */
  onEcho(lastReferenceTime: number, delaySince: number, now: Millis): Millis | undefined {
    if (lastReferenceTime === 0) return undefined;
    const elapsed = (middleBits(toNtp(now)) - lastReferenceTime - delaySince) >>> 0;
    const millis = elapsed * 1000 / 0x1_0000;
    // A round trip below the clock's resolution may be slightly negative, which wraps.
    const sample = elapsed >= 0xffff_ff00 ? 0 : millis;
    if (sample > LONGEST_MILLIS) return undefined;
    this.add(sample);
    return sample;
  }

  /** The newest measurement. */
  get latest(): Millis | undefined {
    return this.#latest;
  }

  /** SRTT and RTTVAR. */
  get smoothed(): Millis {
    return this.#smoothed;
  }

  get variation(): Millis {
    return this.#variation;
  }

  /** Takes a round trip that the caller measured. */
  add(sample: Millis): void {
    if (this.#latest === undefined) {
      this.#smoothed = sample;
      this.#variation = sample / 2;
    } else {
      this.#variation += (Math.abs(this.#smoothed - sample) - this.#variation) / 4;
      this.#smoothed += (sample - this.#smoothed) / 8;
    }
    this.#latest = sample;
  }
}
