import type { ClockRate, Millis } from "../../../shared/core/units.ts";
import { millisToTicks, ticksToMillis } from "../../../shared/core/units.ts";
import { fromNtp } from "../../../shared/rtcp/ntp.ts";
import type { SenderReport } from "../../../shared/rtcp/rtcp.ts";
import { unwrapNear } from "../../../shared/core/seq.ts";

interface Pair {
  readonly hostTime: Millis;
  /** The same instant on the channel's RTP clock, wrapped. */
  readonly rtpTimestamp: number;
}

/** Maps each channel's media time to the host's clock, by the latest sender report of the channel. */
export class MediaTimes {
  /** By SSRC; only of the channels that an ACCEPT or the host has announced. */
  readonly #pairs = new Map<number, Pair>();

  onReport({ ssrc, ntpTime, rtpTimestamp }: SenderReport, now: Millis): void {
    this.#pairs.set(ssrc, { hostTime: fromNtp(ntpTime, now), rtpTimestamp });
  }

  knows(ssrc: number): boolean {
    return this.#pairs.has(ssrc);
  }

  forget(ssrc: number): void {
    this.#pairs.delete(ssrc);
  }

  /**
   * @param mediaTime of a packet near the one in question: it tells how often timestamps have wrapped.
   * @returns the host's time minus media time; undefined before the first report.
   */
  originOf(ssrc: number, clockRate: ClockRate, mediaTime: Millis): Millis | undefined {
    const pair = this.#pairs.get(ssrc);
    if (!pair) return undefined;
    const ticks = unwrapNear(pair.rtpTimestamp, millisToTicks(mediaTime, clockRate), 32);
    return pair.hostTime - ticksToMillis(ticks, clockRate);
  }
}
