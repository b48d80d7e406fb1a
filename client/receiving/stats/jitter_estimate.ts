import type { ClockRate, Millis, RtpTicks, Seconds } from "../../../shared/core/units.ts";

/**
 * Interarrival jitter exactly as RFC 3550 appendix A.8 computes it: in whole ticks with four
 * fractional bits. Timestamps come in unwrapped and arrivals are counted from the epoch, so no
 * difference is ever taken across a wrap.
 */
export class JitterEstimate {
  /** 16 times the jitter, in ticks. */
  #scaled = 0;
  #lastTransit: number | undefined;

  constructor(readonly clockRate: ClockRate) {}

  /** Takes one packet, in the order of arrival. */
  onPacket(ticks: RtpTicks, arrivedAt: Millis): void {
    const arrivalTicks = Math.round((arrivedAt as number) * (this.clockRate as number) / 1000);
    const transit = arrivalTicks - (ticks as number);
    if (this.#lastTransit !== undefined) {
      const difference = Math.abs(transit - this.#lastTransit);
      this.#scaled += difference - Math.floor((this.#scaled + 8) / 16);
    }
    this.#lastTransit = transit;
  }

  /** Whole ticks, as a reception report carries it. */
  get ticks(): number {
    return Math.floor(this.#scaled / 16);
  }

  get seconds(): Seconds {
    return this.#scaled / 16 / (this.clockRate as number);
  }
}
