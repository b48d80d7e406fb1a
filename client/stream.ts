import type { ChannelLedger } from "../shared/core/ledger.ts";
import { SequenceUnwrapper, TimestampUnwrapper } from "../shared/core/seq.ts";
import {
  type ExtendedSequence,
  type Millis,
  type Seconds,
  ticksToMillis,
} from "../shared/core/units.ts";
import { createDepacketizer } from "../shared/media/payload.ts";
import type { Depacketizer } from "../shared/media/rtp_payload.ts";
import type { ChannelInfo } from "../shared/wire/admission.ts";
import { middleBits } from "../shared/wire/ntp.ts";
import type { ReceptionReport, SenderReport } from "../shared/wire/rtcp.ts";
import type { RoundTrip } from "../shared/wire/round_trip.ts";
import type { RtpPacket } from "../shared/wire/rtp.ts";
import { Forecast } from "./forecast.ts";
import { JitterBuffer } from "./jitter_buffer.ts";
import { Repair } from "./repair.ts";
import { SequenceGate } from "./sequence_gate.ts";
import { type Arrival, StreamStats } from "./stats.ts";

/** Missing packets of sound known at once: far more than can still come in time. */
const MAX_MISSING_SOUND = 512;
/** Events asked for at once: a late joiner fetches the whole timeline in such steps. */
const MAX_MISSING_EVENTS = 32;
const MAX_CUMULATIVE_LOST = 0x7f_ffff;

interface ReportMark {
  readonly expected: number;
  readonly received: number;
}

export interface StreamOptions {
  readonly latency: Millis;
  readonly roundTrip: RoundTrip;
  /** Events already known of this timeline: it goes on behind them. */
  readonly knownEvents: number;
}

/** Everything known of one stream (one SSRC) of a channel: the stages its packets go through, in order. */
export class Stream {
  readonly gate: SequenceGate;
  readonly stats: StreamStats;
  readonly repair: Repair;
  readonly jitterBuffer: JitterBuffer;
  /** Sound only. */
  readonly depacketizer: Depacketizer | undefined;
  /** The number of the first packet that is wanted: of events, also those of before we came. */
  readonly #first: ExtendedSequence;
  #rtxSequences: SequenceUnwrapper;
  #rtxNewest: ExtendedSequence;
  #hasEnded = false;
  #discarded = 0;
  #lastReported: ReportMark = { expected: 0, received: 0 };
  #senderReport: { readonly middleBits: number; readonly at: Millis } | undefined;

  constructor(readonly info: ChannelInfo, { latency, roundTrip, knownEvents }: StreamOptions) {
    const { clockRate, sequenceBase, nextSequence, aheadMillis, codec } = info;
    const isSound = codec !== "json";
    const first = isSound ? nextSequence : sequenceBase + knownEvents;
    this.#first = first;
    this.#rtxNewest = (info.rtx?.nextSequence ?? 0) - 1;
    this.#rtxSequences = new SequenceUnwrapper(this.#rtxNewest);
    this.gate = new SequenceGate(info);
    this.stats = new StreamStats(clockRate, nextSequence);
    this.jitterBuffer = new JitterBuffer({
      clockRate,
      base: first,
      target: { millis: latency + aheadMillis },
      mode: isSound ? "playout" : "order",
    });
    const forecast = new Forecast({ clockRate, aheadMillis, times: this.jitterBuffer });
    this.repair = new Repair({
      ...{ first, base: nextSequence, roundTrip },
      ...(isSound ? { forecast, capacity: MAX_MISSING_SOUND } : { capacity: MAX_MISSING_EVENTS }),
    });
    if (!isSound) this.repair.onSent(nextSequence - 1, -Infinity);
    this.depacketizer = isSound ? createDepacketizer(codec) : undefined;
  }

  /** The host said goodbye for it. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  onGoodbye(): void {
    this.#hasEnded = true;
    this.repair.onEnd();
  }

  /**
   * A packet of the stream. Statistics come before any repair, so that a repaired packet never hides
   * a loss; then what is to be played goes to the buffer.
   *
   * @param isExcused tells of an arrival whether its lateness is our own doing.
   * @returns whether it, or others that it bears out, are believed.
   */
  receive(packet: RtpPacket, now: Millis, isExcused: (at: Millis) => boolean): boolean {
    const arrivals = this.gate.admit(packet, now);
    for (const arrival of arrivals) this.#onArrival(arrival, isExcused);
    return arrivals.length > 0;
  }

  /** The number that a packet has among those sent again; nothing is remembered. */
  peekAgain(rtxNumber: number): ExtendedSequence {
    return this.#rtxSequences.peek(rtxNumber);
  }

  /** The host says how many packets it has sent again, to us or to others. */
  onAgainReport({ packetCount }: SenderReport): void {
    const newest: ExtendedSequence = packetCount - 1;
    if (newest <= this.#rtxNewest) return;
    this.#rtxNewest = newest;
    this.#rtxSequences = new SequenceUnwrapper(newest);
  }

  /**
   * A packet that was sent again: a missing one that is in time goes to the buffer.
   *
   * @param rtxNumber its number among those.
   */
  receiveAgain(
    original: RtpPacket,
    rtxNumber: number,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): void {
    this.#rtxSequences.unwrap(rtxNumber);
    const wanted = { first: this.#first, isPaced: this.depacketizer !== undefined };
    const arrival = this.gate.admitAgain(original, now, wanted);
    if (!arrival) return;
    this.stats.onSent(arrival.sequence);
    if (!this.repair.onRetransmission(arrival)) return;
    const pushed = this.jitterBuffer.push(arrival, { isRepair: true, isExcused: isExcused(now) });
    if (pushed === "buffered") this.repair.onRepaired(arrival.sequence);
  }

  #onArrival(arrival: Arrival, isExcused: (at: Millis) => boolean): void {
    if (!this.stats.onPacket(arrival)) return;
    const pushed = this.repair.onOriginal(arrival, this.stats.jitter.seconds * 1000)
      ? this.jitterBuffer.push(arrival, { isExcused: isExcused(arrival.arrivedAt) })
      : "repaired";
    if (pushed === "late") this.#discarded++;
  }

  /** Also bears out packets that were held as implausible until now. */
  onSenderReport(
    report: SenderReport,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): void {
    this.#senderReport = { middleBits: middleBits(report.ntpTime), at: now };
    const { sequenceBase } = this.info;
    const known = Math.max(this.gate.highest - sequenceBase + 1, 0);
    const packetCount = new TimestampUnwrapper(known).peek(report.packetCount);
    const borneOut = this.gate.confirmSent(sequenceBase + packetCount - 1);
    this.stats.onSent(this.gate.highest);
    for (const arrival of borneOut) this.#onArrival(arrival, isExcused);
    this.repair.onSent(this.gate.highest, now);
  }

  /** The host, met again, is at `nextSequence`: what we missed of the stream is lost. */
  onRejoined(nextSequence: number, now: Millis): void {
    this.gate.advanceTo(nextSequence - 1);
    this.stats.onSent(nextSequence - 1);
    this.repair.onSent(nextSequence - 1, now);
  }

  /** Since the stream's very first packet. */
  mediaTime(arrival: Arrival): Seconds {
    const { timestampBase, clockRate } = this.info;
    return ticksToMillis(arrival.ticks - timestampBase, clockRate) / 1000;
  }

  ledger(): ChannelLedger {
    const { stats, jitterBuffer, repair } = this;
    const missingAtEnd = this.hasEnded ? stats.highestSent + 1 - jitterBuffer.next : 0;
    return {
      channel: this.info.channel,
      ssrc: this.info.ssrc,
      packetsExpected: stats.expected,
      packetsReceived: stats.received,
      networkLost: stats.lost,
      packetsDuplicated: stats.duplicated,
      packetsReordered: stats.reordering.reordered,
      packetsRepaired: { nack: repair.repairedCount, fec: 0 },
      packetsDiscarded: this.#discarded,
      residualLost: stats.lost - repair.repairedCount + this.#discarded,
      fractionLost: stats.expected > 0 ? stats.lost / stats.expected : 0,
      jitter: stats.jitter.seconds,
      nackCount: repair.requestCount,
      retransmittedPacketsReceived: repair.retransmissionCount,
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
