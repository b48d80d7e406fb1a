import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import type { ChannelInfo } from "../../shared/admission/admission.ts";
import { middleBits } from "../../shared/rtcp/ntp.ts";
import type { PostRepairLoss } from "../../shared/rtcp/post_repair.ts";
import type { ReceptionReport, SenderReport } from "../../shared/rtcp/rtcp.ts";
import type { JitterBuffer } from "./jitter/jitter_buffer.ts";
import type { Repair } from "./repair/repair.ts";
import type { StreamStats } from "./stats/stats.ts";

const MAX_CUMULATIVE_LOST = 0x7f_ffff;

/** The stages of a stream that are reported about. */
export interface ReportedStages {
  readonly info: ChannelInfo;
  readonly stats: StreamStats;
  readonly repair: Repair;
  readonly jitterBuffer: JitterBuffer;
}

interface PlayedMark {
  /** Everything before was played or not, and will not be any more. */
  readonly next: ExtendedSequence;
  readonly lost: number;
  readonly repaired: number;
}

interface ReportMark {
  readonly expected: number;
  readonly received: number;
}

/** What the host is told of one stream, each time about what was since the time before. */
export class StreamReports {
  readonly #stages: ReportedStages;
  #lastReported: ReportMark = { expected: 0, received: 0 };
  #lastPlayed: PlayedMark;
  #senderReport: { readonly middleBits: number; readonly at: Millis } | undefined;

  constructor(stages: ReportedStages) {
    this.#stages = stages;
    this.#lastPlayed = { next: stages.jitterBuffer.next, lost: 0, repaired: 0 };
  }

  /** Answered in our next report, by which the host measures its round trip. */
  onSenderReport({ ntpTime }: SenderReport, now: Millis): void {
    this.#senderReport = { middleBits: middleBits(ntpTime), at: now };
  }

  /** What could not be played since the last call, by which the host judges whether repair is enough. */
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
      // Originals that came after their repair take it back.
      repaired: Math.max(repaired - before.repaired, 0),
    };
  }

  /** What a receiver report says of it (RFC 3550 section 6.4.1 and appendix A.3). */
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
