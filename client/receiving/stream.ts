import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import { TimestampUnwrapper } from "../../shared/core/seq.ts";
import {
  type ExtendedSequence,
  type Millis,
  type Seconds,
  ticksToMillis,
} from "../../shared/core/units.ts";
import { createDepacketizer } from "../../shared/media/payload.ts";
import type { Depacketizer } from "../../shared/media/rtp_payload.ts";
import type { ChannelInfo } from "../../shared/admission/admission.ts";
import type { SenderReport } from "../../shared/rtcp/rtcp.ts";
import { type Parsed, parsed } from "../../shared/core/parsed.ts";
import type { RoundTrip } from "../../shared/rtcp/round_trip.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";
import { Displacement } from "./displacement.ts";
import { FecDecoder } from "./repair/fec_decoder.ts";
import { openTarget } from "./jitter/adaptive_delay.ts";
import type { Latency } from "../interface/config.ts";
import { Forecast } from "./repair/forecast.ts";
import { JitterBuffer } from "./jitter/jitter_buffer.ts";
import { Repair, type RepairWay } from "./repair/repair.ts";
import type { MediaWay, NewestPacket, RoutedMedia } from "./routed_media.ts";
import { SequenceGate } from "./stats/sequence_gate.ts";
import { SideSequences } from "./stats/side_sequences.ts";
import { type Arrival, StreamStats } from "./stats/stats.ts";
import { StreamReports } from "./stream_reports.ts";

/** Missing packets of sound known at once: far more than can still come in time. */
const MAX_MISSING_SOUND = 512;
/** Events asked for at once: a late joiner fetches the whole timeline in such steps. */
const MAX_MISSING_EVENTS = 32;

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
  readonly reports: StreamReports;
  /** Sound only. */
  readonly depacketizer: Depacketizer | undefined;
  /** The number of the first packet that is wanted: of events, also those of before we came. */
  readonly #first: ExtendedSequence;
  readonly #inherited: Debt;
  readonly #displacement = new Displacement();
  #newest: NewestPacket | undefined;
  /** The number at which it was seen that the host is elsewhere. */
  #displacedAt: ExtendedSequence | undefined;
  #hasEnded = false;
  #discarded = 0;

  constructor(readonly info: ChannelInfo, readonly options: StreamOptions) {
    const { latency, roundTrip, knownEvents, debt = { upToCount: 0, packets: 0 } } = options;
    this.#inherited = debt;
    const { clockRate, sequenceBase, nextSequence, aheadMillis, codec } = info;
    const isSound = codec !== "json";
    const first = isSound ? nextSequence : sequenceBase + knownEvents;
    this.#first = first;
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
    // Nothing that parity brings back is signed, and so no event comes by it.
    this.fec = isSound && info.fec ? new FecDecoder(info) : undefined;
    if (!isSound) this.repair.onSent(nextSequence - 1, -Infinity);
    this.reports = new StreamReports(this);
    this.depacketizer = isSound ? createDepacketizer(codec) : undefined;
  }

  get newest(): NewestPacket | undefined {
    return this.#newest;
  }

  /** Whether it was led away from what the host sends, so that only another can take that. */
  get isDisplaced(): boolean {
    return this.#displacedAt !== undefined;
  }

  /** What an ACCEPT would say now: that it goes on behind the packet which came last. */
  get infoNow(): ChannelInfo {
    const { info, rtxSequences, fecSequences } = this;
    const nextSequence = (this.#displacedAt ?? this.gate.highestCame) + 1;
    return {
      ...{ ...info, nextSequence },
      ...(info.rtx && { rtx: { ...info.rtx, nextSequence: rtxSequences.next } }),
      ...(info.fec && { fec: { ...info.fec, nextSequence: fecSequences.next } }),
    };
  }

  /** The host said goodbye for it. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  onGoodbye(): void {
    this.#hasEnded = true;
    this.repair.onEnd();
  }

  /** The extended numbers that a packet which comes this way may have, the likeliest first. */
  candidatesOf(way: MediaWay, sequenceNumber: number): readonly ExtendedSequence[] {
    const { gate, rtxSequences, fecSequences } = this;
    const numbers = { original: gate, again: rtxSequences, parity: fecSequences }[way];
    return numbers.candidates(sequenceNumber);
  }

  payloadTypeOf(way: MediaWay): number | undefined {
    const { info } = this;
    return { original: info, again: info.rtx, parity: info.fec }[way]?.payloadType;
  }

  /**
   * A packet of the stream as it came. Statistics come before any repair, so that a repaired packet
   * never hides a loss; then what is to be played goes to the buffer.
   *
   * @param isExcused tells of an arrival whether its lateness is our own doing.
   * @returns whether it, or others that it bears out, are believed.
   */
  take(
    { way, media, number, place }: RoutedMedia,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): Parsed<boolean> {
    switch (way) {
      case "original": {
        const arrivals = this.gate.admit(media, now, place ?? number);
        if (this.depacketizer) this.#noteDisplacement(number, now);
        for (const arrival of arrivals) this.#onArrival(arrival, isExcused);
        this.#noteNewest(this.info.ssrc, arrivals.at(-1)?.sequence, now);
        return parsed(arrivals.length > 0);
      }
      case "again":
        this.rtxSequences.onPacket(number);
        this.#noteNewest(this.info.rtx!.ssrc, number, now);
        this.#onRepair({ media, place }, "nack", now, isExcused);
        return parsed(true);
      case "parity":
        this.fecSequences.onPacket(number);
        return this.#onParity(media, number, now, isExcused);
    }
  }

  #noteDisplacement(sequence: ExtendedSequence, now: Millis): void {
    const place = { sequence, next: this.jitterBuffer.next, reported: this.gate.reported };
    if (this.#displacement.onOriginal(place, now)) this.#displacedAt = sequence;
  }

  #noteNewest(ssrc: number, sequence: ExtendedSequence | undefined, at: Millis): void {
    if (sequence !== undefined) this.#newest = { ssrc, sequence, at };
  }

  /** It may bring back a missing packet, or do so when others have come. */
  #onParity(
    packet: RtpPacket,
    number: ExtendedSequence,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): Parsed<boolean> {
    const recovered = this.fec?.onParity(packet, number, this.gate.highestCame) ?? parsed([]);
    if (!recovered.ok) return recovered;
    for (const media of recovered.value) this.#onRepair({ media }, "fec", now, isExcused);
    return parsed(true);
  }

  #onRepair(
    { media, place }: Pick<RoutedMedia, "media" | "place">,
    way: RepairWay,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): void {
    const wanted = { first: this.#first, isPaced: this.depacketizer !== undefined, place };
    const arrival = this.gate.admitAgain(media, now, wanted);
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
      this.#onRepair({ media: recovered }, "fec", arrival.arrivedAt, isExcused);
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
    this.reports.onSenderReport(report, now);
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
}
