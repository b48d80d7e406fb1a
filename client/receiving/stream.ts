// The receiving side of the channels, one `Stream` for each SSRC of a channel: from an authentic packet to
// what is played, counted on the way.
//
// In:  RTP packets that were authenticated (originals, retransmissions, parity), sender reports, goodbyes
//      and, from an ACCEPT, which streams there are.
// Out: packets in order at their playout time, frames of a screen, messages of live data, the packets and key frames
//      to request, the ledger of each channel, and the blocks for receiver reports.
//
// `Stream.take` shows the stages in order: stats/ (check the numbers, then count what the network did),
// repair/ (request or recover lost packets), jitter/ (order and time), and then frames/ of a screen (which frames can
// be decoded) or messages/ of live data (which are whole and due). `stream_ways.ts` has the numbers of
// retransmissions and parity. `stream_set.ts` holds all streams of a broadcast, `stream_ledger.ts` and
// `channel_ledgers.ts` write their ledgers, `stream_reports.ts` their reports; `displacement.ts` detects that
// forged packets moved a stream. Read stats/stats.ts next.

import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import { unwrapNear } from "../../shared/core/seq.ts";
import {
  type ExtendedSequence,
  type Millis,
  type Seconds,
  ticksToMillis,
} from "../../shared/core/units.ts";
import { CHANNEL_KINDS, type KindRules } from "../../shared/media/channel_kinds.ts";
import { type ChannelName, isSoundCodec } from "../../shared/media/channel.ts";
import { createDepacketizer } from "../../shared/media/payload.ts";
import type { Depacketizer } from "../../shared/media/rtp_payload.ts";
import type { ChannelDescription } from "../../shared/admission/channel_description.ts";
import type { ChannelNumbers } from "../../shared/admission/channel_numbers.ts";
import type { SenderReport } from "../../shared/rtcp/rtcp.ts";
import { type Parsed, parsed } from "../../shared/core/parsed.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";
import type { PacketNewsKind } from "../interface/packet_watch.ts";
import { Displacement } from "./displacement.ts";
import type { FecDecoder } from "./repair/fec_decoder.ts";
import { MAX_PENDING } from "./frames/frame_assembly.ts";
import type { Frames } from "./frames/frames.ts";
import { openFrames } from "./frames/open_frames.ts";
import type { CameBy, Messages } from "./messages/messages.ts";
import { openMessages } from "./messages/open_messages.ts";
import { MAX_PAST_PACKETS, type PastRequests } from "./repair/catch_up.ts";
import { JitterBuffer } from "./jitter/jitter_buffer.ts";
import { Repair, type RepairWay } from "./repair/repair.ts";
import { SequenceGate } from "./stats/sequence_gate.ts";
import type { Arrival } from "./stats/arrival.ts";
import { StreamStats } from "./stats/stats.ts";
import type { PastEntry } from "../../shared/event/blocks.ts";
import { MissingPast } from "./past/missing_past.ts";
import { forecastOf, timingOf } from "./stream_forecast.ts";
import { type Debt, StreamLedger } from "./stream_ledger.ts";
import type { Inheritance, NewestPacket, StreamInfo, StreamOptions } from "./stream_options.ts";
import { StreamReports } from "./stream_reports.ts";
import { type RoutedMedia, StreamWays } from "./stream_ways.ts";

const REPAIR_NEWS = { nack: "retransmitted", fec: "recovered" } as const;

/** One stream (one SSRC) of a channel: the stages that its packets go through, in order. */
export class Stream {
  /** How its kind of channel is delivered. */
  readonly rules: KindRules;
  readonly gate: SequenceGate;
  readonly ways: StreamWays;
  readonly stats: StreamStats;
  readonly repair: Repair;
  readonly jitterBuffer: JitterBuffer;
  readonly reports: StreamReports;
  /** Of a kind whose packets are parts of frames. */
  readonly frames: Frames | undefined;
  /** Of a kind whose packets are parts of messages. */
  readonly messages: Messages | undefined;
  /** Of a kind of which a late joiner is sent something of the past, unasked. */
  readonly past: PastRequests | undefined;
  #missingPast: MissingPast | undefined;
  #depacketizer: Depacketizer | undefined;
  /** The number of the first wanted packet. Events from before this listener joined are wanted too. */
  #first: ExtendedSequence;
  #options: StreamOptions;
  readonly #displacement: Displacement;
  #info: StreamInfo;
  #newest: NewestPacket | undefined;
  /** The number of the packet that showed that the host's numbers are elsewhere. */
  #displacedAt: ExtendedSequence | undefined;
  #hasEnded = false;
  readonly #ledger: StreamLedger;

  /** @param info its channel's description may come later: see {@linkcode describe}. */
  constructor(info: StreamInfo, options: StreamOptions) {
    const { latency, roundTrip, knownEvents, verifier, shownUpTo } = options;
    this.#info = info;
    this.#options = options;
    const { clockRate, sequenceBase, nextSequence } = info;
    const rules = this.rules = CHANNEL_KINDS[info.kind];
    const isAllWanted = rules.lateJoiner === "all-in-blocks";
    const first = this.#first = isAllWanted ? sequenceBase + knownEvents : nextSequence;
    this.gate = new SequenceGate(info);
    this.ways = new StreamWays(info, this.gate, rules);
    const frames = this.frames = openFrames(info, roundTrip);
    this.stats = new StreamStats(clockRate, nextSequence, timingOf(info));
    const clock = this.jitterBuffer = new JitterBuffer({
      clockRate,
      base: first,
      target: latency.open(() => this.#info, rules.release !== "order"),
      mode: rules.release,
      ...(frames && { limits: MAX_PENDING }),
    });
    this.messages = openMessages(info, { clock, roundTrip, verifier, shownUpTo });
    this.past = frames ?? this.messages;
    this.#displacement = new Displacement(this.past !== undefined);
    this.repair = new Repair({
      first,
      base: nextSequence,
      roundTrip,
      forecast: forecastOf(info, this),
      isStrained: options.isStrained,
      capacity: rules.maxMissing,
    });
    if (isAllWanted) this.repair.onSent(nextSequence - 1, -Infinity);
    this.reports = new StreamReports(this);
    this.#ledger = new StreamLedger(this);
    this.#takeDescription(options);
  }

  get info(): StreamInfo {
    return this.#info;
  }

  get options(): StreamOptions {
    return this.#options;
  }

  /** The name of its channel; undefined until it is described. Until then nothing is played. */
  get channel(): ChannelName | undefined {
    return this.#info.channel;
  }

  /** Undefined if the codec is not one of sound, or not known yet. */
  get depacketizer(): Depacketizer | undefined {
    return this.#depacketizer;
  }

  /**
   * The host has described the channel, of which only the numbers were known. Packets that came since are
   * counted and buffered; those that this listener knows from an earlier stream of the channel are not wanted.
   */
  describe(description: ChannelDescription, inheritance: Inheritance): void {
    this.#info = { ...this.#info, ...description };
    this.#options = { ...this.#options, ...inheritance };
    const first = this.#info.sequenceBase + inheritance.knownEvents;
    if (this.rules.lateJoiner === "all-in-blocks" && first > this.#first) {
      this.#first = first;
      this.jitterBuffer.beginAt(first);
      this.repair.beginAt(first);
    }
    this.#takeDescription(inheritance);
  }

  #takeDescription({ debt }: Inheritance): void {
    const { codec } = this.#info;
    this.#ledger.inherited = debt;
    const isSound = codec !== undefined && isSoundCodec(codec);
    this.#depacketizer = isSound ? createDepacketizer(codec) : undefined;
    this.#missingPast = this.#findMissingPast();
  }

  /** Only the timeline comes in blocks. */
  #findMissingPast(): MissingPast | undefined {
    const { gate, jitterBuffer, repair, rules } = this;
    if (rules.lateJoiner !== "all-in-blocks" || this.channel !== "events") return undefined;
    const { sequenceBase, nextSequence } = this.#info;
    return new MissingPast({ gate, jitterBuffer, repair, sequenceBase, nextSequence });
  }

  /** Which entries are fetched in blocks; undefined where none are. */
  get missingPast(): MissingPast | undefined {
    return this.#missingPast;
  }

  /** Whether entries were sent that have not come, and that may still be fetched in blocks. */
  get isPastMissing(): boolean {
    return this.#missingPast !== undefined && this.jitterBuffer.next <= this.stats.highestSent;
  }

  /** When its next packet, frame or message is to be played; Infinity: not yet. */
  get playAt(): Millis {
    if (this.channel === undefined) return Infinity;
    const { jitterBuffer, frames, messages } = this;
    const settleAt = (frames ?? messages)?.settleAt ?? Infinity;
    return Math.min(jitterBuffer.deadline ?? Infinity, settleAt);
  }

  /** Absent when the host has sent no parity for this stream. */
  get fec(): FecDecoder | undefined {
    return this.ways.fec;
  }

  get newest(): NewestPacket | undefined {
    return this.#newest;
  }

  /** Whether forged packets moved it away from the host's numbers, so that a new stream must replace it. */
  get isDisplaced(): boolean {
    return this.#displacedAt !== undefined;
  }

  /** The stream's description as an ACCEPT would give it now: the next packet is the one after the latest. */
  get infoNow(): StreamInfo {
    const nextSequence = (this.#displacedAt ?? this.gate.highestCame) + 1;
    return { ...this.info, nextSequence, ...this.ways.sidesNow };
  }

  /** Whether the host said goodbye for this stream. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  onGoodbye(): void {
    this.#hasEnded = true;
    this.repair.onEnd();
    (this.frames ?? this.messages)?.onGoodbye();
  }

  /**
   * Takes a packet. Statistics come before any repair, so that a repaired packet never hides a loss; then
   * packets to be played go to the jitter buffer.
   *
   * @param isExcused whether a packet that arrived at that time was late because this program stood still.
   * @returns whether this packet, or earlier ones that it confirms, are believed.
   */
  take(
    { way, media, number, place }: RoutedMedia,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): Parsed<boolean> {
    switch (way) {
      case "original": {
        const arrivals = this.gate.admit(media, now, place ?? number);
        if (this.rules.release !== "order") this.#noteDisplacement(number, now);
        for (const arrival of arrivals) this.#onArrival(arrival, isExcused);
        this.#noteNewest(this.info.ssrc, arrivals.at(-1)?.sequence, now);
        return parsed(arrivals.length > 0);
      }
      case "retransmission":
        this.ways.rtxSequences.onPacket(number);
        this.#noteNewest(this.info.rtx!.ssrc, number, now);
        this.#onRepair({ media, place }, "nack", now, isExcused);
        return parsed(true);
      case "parity":
        this.ways.fecSequences.onPacket(number);
        return this.#onParity(media, number, now, isExcused);
    }
  }

  /** Tells whoever watches single packets what happened to one. */
  tell(what: PacketNewsKind, sequence: ExtendedSequence, at: Millis): void {
    this.#options.packetWatch?.({ what, ssrc: this.#info.ssrc, sequence, at });
  }

  #noteDisplacement(sequence: ExtendedSequence, now: Millis): void {
    const place = { sequence, next: this.jitterBuffer.next, reported: this.gate.reported };
    if (this.#displacement.onOriginal(place, now)) this.#displacedAt = sequence;
  }

  #noteNewest(ssrc: number, sequence: ExtendedSequence | undefined, at: Millis): void {
    if (sequence !== undefined) this.#newest = { ssrc, sequence, at };
  }

  /** Parity may recover a missing packet at once, or when others have come. */
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
    const first = this.past ? this.#first - MAX_PAST_PACKETS : this.#first;
    const wanted = { first, isPaced: this.rules.release !== "order", place };
    const arrival = this.gate.admitRepaired(media, now, wanted);
    if (!arrival) return;
    this.stats.onSent(arrival.sequence);
    const isNew = way === "nack"
      ? this.repair.onRetransmission(arrival)
      : this.repair.onRecovered(arrival);
    if (!isNew) return;
    const came = { isRepair: true, isExcused: isExcused(now) };
    const pushed = this.#pushRepaired(arrival, came);
    if (pushed !== "late") this.repair.onRepaired(arrival.sequence, way);
    else this.frames?.push(arrival, now);
    this.tell(pushed === "late" ? "repaired-late" : REPAIR_NEWS[way], arrival.sequence, now);
    this.messages?.push(arrival, came);
    this.#recoverWith(arrival, isExcused);
  }

  /** A packet of a frame is requested long after its time; how late it comes tells nothing of the delay needed. */
  #pushRepaired(arrival: Arrival, came: CameBy): ReturnType<JitterBuffer["push"]> {
    const isOver = this.frames !== undefined && arrival.sequence < this.jitterBuffer.next;
    return isOver ? "late" : this.jitterBuffer.push(arrival, came);
  }

  /** Takes an entry that was fetched in a block, unless it has come. */
  takePast({ count, payload }: PastEntry, now: Millis): void {
    const sequence: ExtendedSequence = this.info.sequenceBase + count - 1;
    if (sequence < this.jitterBuffer.next || this.jitterBuffer.has(sequence)) return;
    const arrival = { sequence, ticks: this.info.timestampBase, arrivedAt: now, payload };
    this.repair.onRecovered(arrival);
    this.jitterBuffer.push(arrival, { isRepair: true });
    this.repair.onRepaired(sequence, "nack");
  }

  /** With one more packet, parity that came before may recover another. */
  #recoverWith(arrival: Arrival, isExcused: (at: Millis) => boolean): void {
    for (const recovered of this.fec?.onPacket(arrival) ?? []) {
      this.#onRepair({ media: recovered }, "fec", arrival.arrivedAt, isExcused);
    }
  }

  #onArrival(arrival: Arrival, isExcused: (at: Millis) => boolean): void {
    const came = { isRepair: false, isExcused: isExcused(arrival.arrivedAt) };
    const { reordered } = this.stats.reordering;
    const isFirst = this.stats.onPacket(arrival);
    const isOvertaken = this.stats.reordering.reordered > reordered;
    const what = isOvertaken ? "overtaken" : "received";
    this.tell(isFirst ? what : "duplicate", arrival.sequence, arrival.arrivedAt);
    // A copy may be the host's packet, and the one before it forged: a message's signature decides.
    this.messages?.push(arrival, came);
    if (!isFirst) return;
    const pushed = this.repair.onOriginal(arrival, this.stats.jitter.seconds * 1000)
      ? this.jitterBuffer.push(arrival, { ...came, timed: this.stats.timed })
      : "repaired";
    if (pushed === "late") this.#onLate(arrival);
    this.#recoverWith(arrival, isExcused);
  }

  #onLate(arrival: Arrival): void {
    this.#ledger.onDiscarded();
    this.tell("late", arrival.sequence, arrival.arrivedAt);
    this.frames?.push(arrival, arrival.arrivedAt);
  }

  /** A report can also confirm packets that were held as implausible. */
  onSenderReport(
    report: SenderReport,
    now: Millis,
    isExcused: (at: Millis) => boolean,
  ): void {
    this.reports.onSenderReport(report, now);
    const { sequenceBase } = this.info;
    const known = Math.max(this.gate.highest - sequenceBase + 1, 0);
    const packetCount = unwrapNear(report.packetCount, known, 32);
    const confirmed = this.gate.confirmSent(sequenceBase + packetCount - 1);
    this.stats.onSent(this.gate.highest);
    for (const arrival of confirmed) this.#onArrival(arrival, isExcused);
    this.repair.onSent(this.gate.highest, now);
  }

  /** The host let this listener in again and is at `nextSequence`: packets missed meanwhile are lost. */
  onRejoined(info: ChannelNumbers, now: Millis): void {
    const sides = this.ways.moveTo(info);
    if (sides) this.#onMoved(sides);
    this.#onAllSent(info.nextSequence - 1, now);
  }

  /**
   * The channel ended after that many packets. Packets that have not come are missing; they can still be
   * repaired, and what is buffered is still played.
   */
  onEnded(packetCount: number, now: Millis): void {
    const last = this.#info.sequenceBase + packetCount - 1;
    for (const arrival of this.gate.confirmSent(last)) this.#onArrival(arrival, () => false);
    this.#onAllSent(last, now);
    this.onGoodbye();
  }

  #onAllSent(last: ExtendedSequence, now: Millis): void {
    this.gate.advanceTo(last);
    this.stats.onSent(last);
    this.repair.onSent(last, now);
  }

  #onMoved(sides: Pick<ChannelNumbers, "rtx" | "fec">): void {
    const { rtx: _rtx, fec: _fec, ...media } = this.#info;
    this.#info = { ...media, ...sides };
    this.#newest = undefined;
    this.reports.forgetSenderReport();
  }

  /** Since the stream's very first packet. */
  mediaTime(arrival: Arrival): Seconds {
    const { timestampBase, clockRate } = this.info;
    return ticksToMillis(arrival.ticks - timestampBase, clockRate) / 1000;
  }

  /** The missing events that a stream which replaced this one now would inherit. */
  get debt(): Debt {
    return this.#ledger.debt;
  }

  /**
   * @param channel its name.
   * @param now a freeze of the picture that lasts until then counts too.
   */
  ledger(channel: ChannelName, now: Millis): ChannelLedger {
    return this.#ledger.read(channel, now);
  }
}
