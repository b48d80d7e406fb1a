import type { ChannelLedger } from "../shared/core/ledger.ts";
import { TimestampUnwrapper } from "../shared/core/seq.ts";
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
import { type Parsed, parsed } from "../shared/wire/parsed.ts";
import type { PostRepairLoss } from "../shared/wire/post_repair.ts";
import type { RoundTrip } from "../shared/wire/round_trip.ts";
import type { RtpPacket } from "../shared/wire/rtp.ts";
import { FecDecoder } from "./fec_decoder.ts";
import { AdaptiveDelay } from "./adaptive_delay.ts";
import { type Latency, latencyMillis } from "./config.ts";
import { Forecast } from "./forecast.ts";
import { JitterBuffer, type TargetDelay } from "./jitter_buffer.ts";
import { Repair, type RepairWay } from "./repair.ts";
import { SequenceGate } from "./sequence_gate.ts";
import { SideSequences } from "./side_sequences.ts";
import { type Arrival, StreamStats } from "./stats.ts";

/** Missing packets of sound known at once: far more than can still come in time. */
const MAX_MISSING_SOUND = 512;
/** Events asked for at once: a late joiner fetches the whole timeline in such steps. */
const MAX_MISSING_EVENTS = 32;
/** Of an MPEG-1 layer III frame, and what an Opus packet usually lasts. */
const MP3_FRAME_SAMPLES = 1152;
const OPUS_FRAME: Millis = 20;
const MAX_CUMULATIVE_LOST = 0x7f_ffff;

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

/**
 * Events that were lost when their stream was replaced. They are part of its ledger, but come in that
 * of its successor.
 */
export interface Debt {
  /** All are among the events up to this count. */
  readonly upToCount: number;
  readonly packets: number;
}

export interface StreamOptions {
  readonly latency: Latency;
  readonly roundTrip: RoundTrip;
  /** Events already known of this timeline: it goes on behind them. */
  readonly knownEvents: number;
  /** What its predecessor owes of the same timeline. */
  readonly debt: Debt | undefined;
}

/** Everything known of one stream (one SSRC) of a channel: the stages its packets go through, in order. */
export class Stream {
  readonly gate: SequenceGate;
  readonly stats: StreamStats;
  readonly repair: Repair;
  /** Where the host sends parity to those who need it. */
  readonly fec: FecDecoder | undefined;
  /** Among the packets sent again, and among those of parity. */
  readonly rtxSequences: SideSequences;
  readonly fecSequences: SideSequences;
  readonly jitterBuffer: JitterBuffer;
  /** Sound only. */
  readonly depacketizer: Depacketizer | undefined;
  /** The number of the first packet that is wanted: of events, also those of before we came. */
  readonly #first: ExtendedSequence;
  readonly #inherited: Debt;
  #hasEnded = false;
  #discarded = 0;
  #lastReported: ReportMark = { expected: 0, received: 0 };
  #lastPlayed: PlayedMark;
  #senderReport: { readonly middleBits: number; readonly at: Millis } | undefined;

  constructor(readonly info: ChannelInfo, options: StreamOptions) {
    const { latency, roundTrip, knownEvents, debt = { upToCount: 0, packets: 0 } } = options;
    this.#inherited = debt;
    const { clockRate, sequenceBase, nextSequence, aheadMillis, codec } = info;
    const isSound = codec !== "json";
    const first = isSound ? nextSequence : sequenceBase + knownEvents;
    this.#first = first;
    this.#lastPlayed = { next: first, lost: 0, repaired: 0 };
    this.rtxSequences = new SideSequences(info.rtx?.nextSequence);
    this.fecSequences = new SideSequences(info.fec?.nextSequence);
    this.gate = new SequenceGate(info);
    this.stats = new StreamStats(clockRate, nextSequence);
    this.jitterBuffer = new JitterBuffer({
      clockRate,
      base: first,
      target: openTarget(latency, info),
      mode: isSound ? "playout" : "order",
    });
    const forecast = new Forecast({ clockRate, aheadMillis, times: this.jitterBuffer });
    this.repair = new Repair({
      ...{ first, base: nextSequence, roundTrip },
      ...(isSound ? { forecast, capacity: MAX_MISSING_SOUND } : { capacity: MAX_MISSING_EVENTS }),
    });
    this.fec = info.fec && new FecDecoder(info);
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
    this.rtxSequences.unwrap(rtxNumber);
    this.#onRepair(original, "nack", now, isExcused);
  }

  /** A packet of parity: it may bring back a missing one, or do so when others have come. */
  receiveParity(
    packet: RtpPacket,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): Parsed<void> {
    const sequence = this.fecSequences.unwrap(packet.sequenceNumber);
    const recovered = this.fec?.onParity(packet, sequence, this.gate.highest) ?? parsed([]);
    if (!recovered.ok) return recovered;
    for (const one of recovered.value) this.#onRepair(one, "fec", now, isExcused);
    return parsed(undefined);
  }

  #onRepair(
    packet: RtpPacket,
    way: RepairWay,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): void {
    const wanted = { first: this.#first, isPaced: this.depacketizer !== undefined };
    const arrival = this.gate.admitAgain(packet, now, wanted);
    if (!arrival) return;
    this.stats.onSent(arrival.sequence);
    const isNew = way === "nack"
      ? this.repair.onRetransmission(arrival)
      : this.repair.onRecovered(arrival);
    if (!isNew) return;
    const pushed = this.jitterBuffer.push(arrival, { isRepair: true, isExcused: isExcused(now) });
    if (pushed === "buffered") this.repair.onRepaired(arrival.sequence, way);
    this.#recoverWith(arrival, isExcused);
  }

  /** With one packet more, parity that came before may bring back another. */
  #recoverWith(arrival: Arrival, isExcused: (at: Millis) => boolean): void {
    for (const recovered of this.fec?.onPacket(arrival) ?? []) {
      this.#onRepair(recovered, "fec", arrival.arrivedAt, isExcused);
    }
  }

  #onArrival(arrival: Arrival, isExcused: (at: Millis) => boolean): void {
    if (!this.stats.onPacket(arrival)) return;
    const pushed = this.repair.onOriginal(arrival, this.stats.jitter.seconds * 1000)
      ? this.jitterBuffer.push(arrival, { isExcused: isExcused(arrival.arrivedAt) })
      : "repaired";
    if (pushed === "late") this.#discarded++;
    this.#recoverWith(arrival, isExcused);
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

  /** What it would owe if another stream took its place now. */
  get debt(): Debt {
    const { stats, repair, info } = this;
    const sentCount = stats.highestSent - info.sequenceBase + 1;
    return {
      upToCount: Math.max(sentCount, this.#inherited.upToCount),
      packets: stats.lost - repair.repairedCount + this.#inherited.packets - this.#paid,
    };
  }

  /** What has come by now of what its predecessor owed. */
  get #paid(): number {
    const { upToCount, packets } = this.#inherited;
    return this.jitterBuffer.next - this.info.sequenceBase >= upToCount ? packets : 0;
  }

  ledger(): ChannelLedger {
    const { stats, jitterBuffer, repair } = this;
    const paid = this.#paid;
    const missingAtEnd = this.hasEnded ? stats.highestSent + 1 - jitterBuffer.next : 0;
    return {
      channel: this.info.channel,
      ssrc: this.info.ssrc,
      packetsExpected: stats.expected,
      packetsReceived: stats.received,
      networkLost: stats.lost,
      packetsDuplicated: stats.duplicated,
      packetsReordered: stats.reordering.reordered,
      packetsRepaired: { nack: repair.repairedCounts.nack + paid, fec: repair.repairedCounts.fec },
      packetsDiscarded: this.#discarded,
      residualLost: stats.lost - repair.repairedCount - paid + this.#discarded,
      fractionLost: stats.expected > 0 ? stats.lost / stats.expected : 0,
      jitter: stats.jitter.seconds,
      nackCount: repair.requestCount,
      retransmittedPacketsReceived: repair.retransmissionCount,
      fecPacketsReceived: this.fec?.packetsReceived ?? 0,
      fecBytesReceived: this.fec?.bytesReceived ?? 0,
      bytesReceived: stats.bytesReceived,
      jitterBufferDelay: jitterBuffer.delaySum / 1000,
      jitterBufferEmittedCount: jitterBuffer.emitted,
      maxGap: Math.max(jitterBuffer.maxGap, missingAtEnd),
      jitterBufferTargetDelay: jitterBuffer.targetMillis / 1000,
    };
  }

  /** What could not be played since the last call, by which the host judges whether repair is enough. */
  postRepairLoss(listenerSsrc: number): PostRepairLoss | undefined {
    const before = this.#lastPlayed;
    const { next, givenUp: lost } = this.jitterBuffer;
    if (!this.fec || next === before.next) return undefined;
    const { repairedCount: repaired } = this.repair;
    this.#lastPlayed = { next, lost, repaired };
    return {
      type: "postRepairLoss",
      ssrc: listenerSsrc,
      mediaSsrc: this.info.ssrc,
      first: before.next,
      last: next - 1,
      lost: lost - before.lost,
      // Originals that came after their repair take it back.
      repaired: Math.max(repaired - before.repaired, 0),
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

/** A fixed latency is a promise; a preset is where an adaptive one begins. */
function openTarget(
  latency: Latency,
  { codec, aheadMillis, sampleRate }: ChannelInfo,
): TargetDelay {
  const millis = latencyMillis(latency) + aheadMillis;
  if (typeof latency === "number" || codec === "json") return { millis };
  const frame = codec === "mp3" && sampleRate ? MP3_FRAME_SAMPLES * 1000 / sampleRate : OPUS_FRAME;
  return new AdaptiveDelay({ floor: millis, frame });
}
