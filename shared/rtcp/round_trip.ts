import type { Millis } from "../core/units.ts";
import { middleBits, toNtp } from "./ntp.ts";

/** Longer than this is nonsense or an echo of long ago. */
const LONGEST_MILLIS: Millis = 30_000;

/**
 * The round trip, measured by the other end's echo of our clock (RFC 3611 section 4.5, or LSR and
 * DLSR) the way RFC 3550 section 6.4.1 does it, and smoothed as RFC 6298 section 2 does.
 */
export class RoundTrip {
  #latest: Millis | undefined;
  #smoothed: Millis = 0;
  #variation: Millis = 0;

  /**
   * @param lastReferenceTime middle bits of our clock as we sent it; 0 when the other end has none.
   * @param delaySince how long the other end held it, in 1/65536 s.
   */
  onEcho(lastReferenceTime: number, delaySince: number, now: Millis): void {
    if (lastReferenceTime === 0) return;
    const elapsed = (middleBits(toNtp(now)) - lastReferenceTime - delaySince) >>> 0;
    const millis = elapsed * 1000 / 0x1_0000;
    // A round trip below the resolution may come out just under zero, which wraps.
    if (elapsed >= 0xffff_ff00) this.add(0);
    else if (millis <= LONGEST_MILLIS) this.add(millis);
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

  /** Takes a round trip that was measured in another way. */
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
