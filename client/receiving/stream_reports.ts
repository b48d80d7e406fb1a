import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import type { ChannelNumbers } from "../../shared/admission/channel_numbers.ts";
import { middleBits } from "../../shared/rtcp/ntp.ts";
import type { PostRepairLoss } from "../../shared/rtcp/extended_reports.ts";
import type { ReceptionReport, SenderReport } from "../../shared/rtcp/rtcp.ts";
import type { JitterBuffer } from "./jitter/jitter_buffer.ts";
import type { Repair } from "./repair/repair.ts";
import type { StreamStats } from "./stats/stats.ts";

const MAX_CUMULATIVE_LOST = 0x7f_ffff;

/** The parts of a stream that its reports are read from. */
export interface ReportedStages {
  readonly info: ChannelNumbers;
  readonly stats: StreamStats;
  readonly repair: Repair;
  readonly jitterBuffer: JitterBuffer;
}

interface PlayedMark {
  /** Every packet before this number was played or given up. */
  readonly next: ExtendedSequence;
  readonly lost: number;
  readonly repaired: number;
}

interface ReportMark {
  readonly expected: number;
  readonly received: number;
}

/** The reports about one stream to the host; each covers the time since the one before. */
export class StreamReports {
  readonly #stages: ReportedStages;
  #lastReported: ReportMark = { expected: 0, received: 0 };
  #lastPlayed: PlayedMark;
  #senderReport: { readonly middleBits: number; readonly at: Millis } | undefined;

  constructor(stages: ReportedStages) {
    this.#stages = stages;
    this.#lastPlayed = { next: stages.jitterBuffer.next, lost: 0, repaired: 0 };
  }

  /** The next report answers this one, and the host measures its round trip with the answer. */
  onSenderReport({ ntpTime }: SenderReport, now: Millis): void {
    this.#senderReport = { middleBits: middleBits(ntpTime), at: now };
  }

  /** Another edge sends the stream now: the next report answers no sender report of the edge before. */
  forgetSenderReport(): void {
    this.#senderReport = undefined;
  }

  /** The losses after repair since the last call; with them the host decides how much parity to send. */
  postRepairLoss(listenerSsrc: number): PostRepairLoss | undefined {
    const { info, jitterBuffer, repair } = this.#stages;
    const before = this.#lastPlayed;
    const { next, givenUp: lost } = jitterBuffer;
    if (!info.fec || next === before.next) return undefined;
    const { repairedCount: repaired } = repair;
    this.#lastPlayed = { next, lost, repaired };
    return {
      type: "postRepairLoss",
      ssrc: listenerSsrc,
      mediaSsrc: info.ssrc,
      first: before.next,
      last: next - 1,
      lost: lost - before.lost,
      // An original that came after its repair makes the count smaller.
      repaired: Math.max(repaired - before.repaired, 0),
    };
  }

  /** The stream's block in a receiver report (RFC 3550 section 6.4.1 and appendix A.3). */
  receptionReport(now: Millis): ReceptionReport {
    const { info, stats } = this.#stages;
    return {
      ssrc: info.ssrc,
      fractionLost: this.#takeFractionLost(),
      cumulativeLost: Math.min(stats.lost, MAX_CUMULATIVE_LOST),
      highestSequence: stats.highestSent >>> 0,
      jitter: Math.min(stats.jitter.ticks, 0xffff_ffff),
      lastSenderReport: this.#senderReport?.middleBits ?? 0,
      delaySinceLastSenderReport: this.#senderReport
        ? Math.min(Math.round((now - this.#senderReport.at) * 65.536), 0xffff_ffff)
        : 0,
    };
  }

  #takeFractionLost(): number {
    const { expected, received } = this.#stages.stats;
    const expectedSince = expected - this.#lastReported.expected;
    const lostSince = expectedSince - (received - this.#lastReported.received);
    this.#lastReported = { expected, received };
    const isAnyLost = expectedSince > 0 && lostSince > 0;
    return isAnyLost ? Math.min(Math.floor(lostSince * 256 / expectedSince), 255) : 0;
  }
}
