import type { ChannelLedger } from "../shared/core/ledger.ts";
import { TimestampUnwrapper } from "../shared/core/seq.ts";
import { type Millis, type Seconds, ticksToMillis } from "../shared/core/units.ts";
import { createDepacketizer } from "../shared/media/payload.ts";
import type { Depacketizer } from "../shared/media/rtp_payload.ts";
import type { ChannelInfo } from "../shared/wire/admission.ts";
import { middleBits } from "../shared/wire/ntp.ts";
import type { ReceptionReport, SenderReport } from "../shared/wire/rtcp.ts";
import { JitterBuffer } from "./jitter_buffer.ts";
import { SequenceGate } from "./sequence_gate.ts";
import { type Arrival, StreamStats } from "./stats.ts";

/** Events wait at a gap at least this long: one that is merely late is not to be missed. */
const EVENT_PATIENCE_MILLIS: Millis = 500;
const MAX_CUMULATIVE_LOST = 0x7f_ffff;

interface ReportMark {
  readonly expected: number;
  readonly received: number;
}

/** Everything known of one stream (one SSRC) of a channel: the stages its packets go through, in order. */
export class Stream {
  readonly gate: SequenceGate;
  readonly stats: StreamStats;
  readonly jitterBuffer: JitterBuffer;
  /** Sound only. */
  readonly depacketizer: Depacketizer | undefined;
  /** The host said goodbye for it. */
  hasEnded = false;
  #discarded = 0;
  #lastReported: ReportMark = { expected: 0, received: 0 };
  #senderReport: { readonly middleBits: number; readonly at: Millis } | undefined;

  constructor(readonly info: ChannelInfo, latency: Millis) {
    const { clockRate, nextSequence, aheadMillis, codec } = info;
    const isSound = codec !== "json";
    const patience = isSound ? latency : Math.max(latency, EVENT_PATIENCE_MILLIS);
    this.gate = new SequenceGate(info);
    this.stats = new StreamStats(clockRate, nextSequence);
    this.jitterBuffer = new JitterBuffer({
      clockRate,
      base: nextSequence,
      target: { millis: patience + aheadMillis },
      mode: isSound ? "playout" : "order",
    });
    this.depacketizer = isSound ? createDepacketizer(codec) : undefined;
  }

  /** Arrived, but too late to play. */
  onDiscarded(): void {
    this.#discarded++;
  }

  /** @returns packets held as implausible until now, which the report bears out. */
  onSenderReport(report: SenderReport, now: Millis): Arrival[] {
    this.#senderReport = { middleBits: middleBits(report.ntpTime), at: now };
    const { sequenceBase } = this.info;
    const known = Math.max(this.gate.highest - sequenceBase + 1, 0);
    const packetCount = new TimestampUnwrapper(known).peek(report.packetCount);
    const borneOut = this.gate.confirmSent(sequenceBase + packetCount - 1);
    this.stats.onSent(this.gate.highest);
    return borneOut;
  }

  /** The host, met again, is at `nextSequence`: what we missed of the stream is lost. */
  onRejoined(nextSequence: number): void {
    this.gate.advanceTo(nextSequence - 1);
    this.stats.onSent(nextSequence - 1);
  }

  /** Since the stream's very first packet. */
  mediaTime(arrival: Arrival): Seconds {
    const { timestampBase, clockRate } = this.info;
    return ticksToMillis(arrival.ticks - timestampBase, clockRate) / 1000;
  }

  ledger(): ChannelLedger {
    const { stats, jitterBuffer } = this;
    const missingAtEnd = this.hasEnded ? stats.highestSent + 1 - jitterBuffer.next : 0;
    return {
      channel: this.info.channel,
      ssrc: this.info.ssrc,
      packetsExpected: stats.expected,
      packetsReceived: stats.received,
      networkLost: stats.lost,
      packetsDuplicated: stats.duplicated,
      packetsReordered: stats.reordering.reordered,
      packetsRepaired: { nack: 0, fec: 0 },
      packetsDiscarded: this.#discarded,
      residualLost: stats.lost + this.#discarded,
      fractionLost: stats.expected > 0 ? stats.lost / stats.expected : 0,
      jitter: stats.jitter.seconds,
      nackCount: 0,
      retransmittedPacketsReceived: 0,
      bytesReceived: stats.bytesReceived,
      jitterBufferDelay: jitterBuffer.delaySum / 1000,
      jitterBufferEmittedCount: jitterBuffer.emitted,
      maxGap: Math.max(jitterBuffer.maxGap, missingAtEnd),
      jitterBufferTargetDelay: jitterBuffer.targetMillis / 1000,
    };
  }

  /** What a receiver report says of it (RFC 3550 section 6.4.1 and appendix A.3). */
  report(now: Millis): ReceptionReport {
    const { stats } = this;
    const { expected, received } = this.#lastReported;
    const expectedSince = stats.expected - expected;
    const lostSince = expectedSince - (stats.received - received);
    this.#lastReported = { expected: stats.expected, received: stats.received };
    return {
      ssrc: this.info.ssrc,
      fractionLost: expectedSince > 0 && lostSince > 0
        ? Math.min(Math.floor(lostSince * 256 / expectedSince), 255)
        : 0,
      cumulativeLost: Math.min(stats.lost, MAX_CUMULATIVE_LOST),
      highestSequence: stats.highestSent >>> 0,
      jitter: Math.min(stats.jitter.ticks, 0xffff_ffff),
      lastSenderReport: this.#senderReport?.middleBits ?? 0,
      delaySinceLastSenderReport: this.#senderReport
        ? Math.min(Math.round((now - this.#senderReport.at) * 65.536), 0xffff_ffff)
        : 0,
    };
  }
}
