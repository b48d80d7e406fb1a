// The host's clock as this listener sees it, and one latency for all its channels. "The same moment at every
// listener" needs both: with a fixed latency D, what the host sends at its time t is played at t + D.
//
// In:  the host's echoes of our reports with the sender reports in them, lateness of packets, and the time.
// Out: where media time lies on this machine's clock, the latency, and a notice when it is too short.
//
// This file maps the host's clock, and `media_times.ts` maps RTP timestamps to the host's clock.
// `shared_latency.ts` holds one latency for all channels; `channel_latency.ts` decides for one channel when its
// packets are played, which its jitter buffer asks; `late_notice.ts` notices that a fixed latency is too short.
// Read media_times.ts next, then channel_latency.ts, and shared_latency.ts last.

import { fromNtp } from "../../../shared/rtcp/ntp.ts";
import type { NtpTime } from "../../../shared/rtcp/ntp.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { medianSlope } from "../jitter/median_slope.ts";

/** Each span of time keeps the exchange with the shortest round trip. */
const SPAN_MILLIS: Millis = 10_000;
/** So many spans with an exchange count: five minutes, or longer when the host asks for fewer reports. */
const SPANS = 30;
/** Over a shorter time, jitter looks like clock drift. */
const SHORTEST_FIT_MILLIS: Millis = 60_000;
/** As far apart as NTP lets clocks run (RFC 5905 section 11.3); a steeper slope is caused by the path. */
const STEEPEST_SLOPE = 500e-6;
/** What may be wrong in a fitted slope: an exchange says less about now the older it is. */
const FITTED_UNCERTAINTY = 15e-6;
const UNFITTED_UNCERTAINTY = STEEPEST_SLOPE;
/** Reading clocks and sockets takes some time; a smaller contradiction is none. */
const TOLERANCE: Millis = 5;

/** An echo from the host, sealed for this listener alone, with the host's time in the same datagram. */
export interface Exchange {
  readonly roundTrip: Millis;
  /** When the echo left, on the host's clock. */
  readonly ntpTime: NtpTime;
}

interface Sample {
  readonly at: Millis;
  /** This machine's clock minus the host's, if both ways took half of the round trip. */
  readonly offset: Millis;
  readonly roundTrip: Millis;
}

/**
 * The offset between this machine's clock and the host's, as NTP finds it (RFC 5905 section 8): the time from
 * the host to here, less half the round trip, of the exchange with the shortest round trip. If a path is
 * slower one way than the other, the offset is wrong by half of the difference; nothing can measure that.
 *
 * The true offset lies within half a round trip of each exchange. So two that exclude each other show that a
 * clock was set or stood still: then all exchanges before count no more.
 */
export class HostClock {
  #samples: Sample[] = [];
  #spanSince: Millis = -Infinity;
  /** The rate of this machine's clock against the host's, minus 1. */
  #slope = 0;
  #isFitted = false;
  #best: Sample | undefined;

  /** Whether any exchange has told the host's time. */
  get isKnown(): boolean {
    return this.#best !== undefined;
  }

  /** How much faster this machine's clock runs than the host's, as a fraction. */
  get skew(): number {
    return this.#slope;
  }

  /** This machine's clock minus the host's; undefined before the first exchange. */
  offsetAt(now: Millis): Millis | undefined {
    return this.#best && this.#offsetOf(this.#best, now);
  }

  /** @returns whether a clock was set or stood still. */
  onExchange({ roundTrip, ntpTime }: Exchange, now: Millis): boolean {
    const offset = now - fromNtp(ntpTime, now) - roundTrip / 2;
    const sample = { at: now, offset, roundTrip };
    const hasJumped = this.#contradicts(sample);
    if (hasJumped) this.restart();
    this.#keep(sample);
    this.#best = this.#choose(now);
    return hasJumped;
  }

  /** A clock was set or stood still: earlier exchanges say nothing about now. The drift stays what it was. */
  restart(): void {
    this.#samples = [];
    this.#spanSince = -Infinity;
    this.#best = undefined;
  }

  #contradicts(sample: Sample): boolean {
    const best = this.#best;
    if (!best) return false;
    const apart = Math.abs(sample.offset - this.#offsetOf(best, sample.at));
    return apart > sample.roundTrip / 2 + this.#doubtOf(best, sample.at) + TOLERANCE;
  }

  #keep(sample: Sample): void {
    const current = this.#samples.at(-1);
    if (!current || sample.at - this.#spanSince >= SPAN_MILLIS) {
      this.#fit();
      this.#spanSince = sample.at;
      this.#samples.push(sample);
      if (this.#samples.length > SPANS) this.#samples.shift();
    } else if (sample.roundTrip <= current.roundTrip) {
      this.#samples[this.#samples.length - 1] = sample;
    }
  }

  #choose(now: Millis): Sample | undefined {
    let best: Sample | undefined;
    for (const sample of this.#samples) {
      if (!best || this.#doubtOf(sample, now) <= this.#doubtOf(best, now)) best = sample;
    }
    return best;
  }

  /** How far the true offset may be from what this exchange says. */
  #doubtOf({ roundTrip, at }: Sample, now: Millis): Millis {
    const rate = this.#isFitted ? FITTED_UNCERTAINTY : UNFITTED_UNCERTAINTY;
    return roundTrip / 2 + (now - at) * rate;
  }

  #offsetOf({ offset, at }: Sample, now: Millis): Millis {
    return offset + this.#slope * (now - at);
  }

  /** The faster half decides, so that a path which becomes slower one way is not taken for drift. */
  #fit(): void {
    const { length } = this.#samples;
    const median = this.#samples.map(({ roundTrip }) => roundTrip)
      .sort((one, other) => one - other)[length >> 1];
    const fast = this.#samples.filter(({ roundTrip }) => roundTrip <= median!);
    if (length === 0 || fast.at(-1)!.at - fast[0]!.at < SHORTEST_FIT_MILLIS) return;
    const slope = medianSlope(fast.map(({ at, offset }) => ({ at, height: offset })));
    this.#slope = Math.max(-STEEPEST_SLOPE, Math.min(slope, STEEPEST_SLOPE));
    this.#isFitted = true;
  }
}
