import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ChannelName } from "../../shared/media/channel.ts";
import { MAX_CHANNELS } from "../../shared/admission/accept_body.ts";
import type {
  ChannelDescription,
  ChannelInfo,
} from "../../shared/admission/channel_description.ts";
import { ChannelLedgers } from "./channel_ledgers.ts";
import { type ChannelNumbers, ssrcsOf } from "../../shared/admission/channel_numbers.ts";
import type { Nack } from "../../shared/rtcp/nack.ts";
import type { PictureLossIndication } from "../../shared/rtcp/picture_loss.ts";
import type { PacketReceipt } from "../../shared/rtcp/app_messages.ts";
import type { PostRepairLoss } from "../../shared/rtcp/extended_reports.ts";
import type { ReceptionReport, SenderReport } from "../../shared/rtcp/rtcp.ts";
import type { Debt } from "./stream_ledger.ts";
import { Stream } from "./stream.ts";
import type { Inheritance, NewestPacket, StreamInfo, StreamOptions } from "./stream_options.ts";
import type { MediaWay } from "./stream_ways.ts";

/** A stream whose channel has ended stays this long, since the network may have delayed packets. */
const SHORTEST_STAY: Millis = 2000;
/** While packets are missing that are repaired for ever, it stays this long. */
const LONGEST_STAY: Millis = 30_000;
/** Streams of ended channels that stay at the same time; the oldest is removed. */
const MAX_STAYING = 8;

/** Which stream a packet belongs to, and how it comes. */
export interface MediaRoute {
  readonly stream: Stream;
  readonly way: MediaWay;
}

export interface AdoptOptions extends Omit<StreamOptions, "debt" | "knownEvents"> {
  /** How many events of each ordered channel are known; none of a channel that is not in it. */
  readonly knownEvents: ReadonlyMap<ChannelName, number>;
  /** Whether new ordered streams continue the same timelines, and so bring the missing events. */
  readonly doesTimelineGoOn: boolean;
}

/**
 * The streams of a broadcast, one for each running channel. A host that restarted sends a channel under a new SSRC:
 * a new stream replaces the old one, and the channel's ledger is the sum of both.
 */
export class StreamSet {
  /** Nothing is requested before that. */
  requestFrom: Millis = -Infinity;
  readonly #streams = new Map<number, Stream>();
  /** Those of replaced and ended streams. */
  readonly #past = new ChannelLedgers();
  /** Streams whose channels have ended, and when. They still play what is buffered and repair losses. */
  readonly #ended = new Map<Stream, Millis>();
  /** Streams that the newest ACCEPT no longer names; the host has yet to say after how many packets they ended. */
  readonly #dropped = new Map<number, Stream>();
  /** The missing events of replaced ordered streams, which the next stream of the channel brings. */
  readonly #debts = new Map<ChannelName, Debt>();

  [Symbol.iterator](): Iterator<Stream> {
    return this.#streams.values();
  }

  get(ssrc: number): Stream | undefined {
    return this.#streams.get(ssrc);
  }

  /** The stream that packets of this SSRC belong to; undefined for an unknown SSRC. */
  routeOf(ssrc: number): MediaRoute | undefined {
    for (const stream of this.#streams.values()) {
      const { info } = stream;
      if (info.ssrc === ssrc) return { stream, way: "original" };
      if (info.rtx?.ssrc === ssrc) return { stream, way: "retransmission" };
      if (stream.fec && info.fec?.ssrc === ssrc) return { stream, way: "parity" };
    }
  }

  /** Takes a sender report of retransmissions or parity. @returns false when it is about neither. */
  onSideReport({ ssrc, packetCount }: SenderReport): boolean {
    const route = this.routeOf(ssrc);
    if (route?.way === "retransmission") route.stream.ways.rtxSequences.onReport(packetCount);
    if (route?.way === "parity") route.stream.ways.fecSequences.onReport(packetCount);
    return route !== undefined && route.way !== "original";
  }

  /** The losses after repair since the last call. */
  postRepairLosses(listenerSsrc: number): PostRepairLoss[] {
    return [...this].flatMap((stream) => stream.reports.postRepairLoss(listenerSsrc) ?? []);
  }

  /**
   * @param read gives the numbers to request from a stream.
   * @returns one NACK for each stream, each after a receipt for the packet of it that came last.
   */
  nacks(
    listenerSsrc: number,
    read: (repair: Stream["repair"]) => readonly number[] | undefined,
    now: Millis,
  ): (Nack | PacketReceipt)[] {
    const requests: (Nack | PacketReceipt)[] = [];
    if (now < this.requestFrom) return requests;
    for (const stream of this.#streams.values()) {
      const { info, repair, newest, past } = stream;
      if (!this.#mayRequest(stream)) continue;
      const sequences = [...past?.pollPast(now) ?? [], ...read(repair) ?? []];
      if (sequences.length === 0) continue;
      for (const sequence of sequences) stream.tell("requested", sequence, now);
      if (newest) requests.push(receiptOf(newest, repair.unevenMillis, listenerSsrc, now));
      requests.push({ type: "nack", ssrc: listenerSsrc, mediaSsrc: info.ssrc, sequences });
    }
    return requests;
  }

  /** One for each stream whose picture is held. */
  keyFrameRequests(listenerSsrc: number, now: Millis): PictureLossIndication[] {
    return [...this].filter(({ frames }) => frames?.pollKeyFrameRequest(now)).map(({ info }) => ({
      type: "pictureLossIndication",
      ssrc: listenerSsrc,
      mediaSsrc: info.ssrc,
    }));
  }

  /** Until an ordered channel's name is known it is not known which events are, nor whether they come in blocks. */
  #mayRequest({ info: { rtx, channel }, rules }: Stream): boolean {
    const isSure = channel !== undefined || rules.lateJoiner !== "all-in-blocks";
    return rtx !== undefined && isSure;
  }

  /**
   * A channel begins after the ACCEPT. A stream of the same channel that has not been played to its end goes
   * on beside it, except one that is ordered: the new stream also brings the missing events of that one.
   *
   * @returns false when another stream has one of its SSRCs already, or too many channels run.
   */
  addChannel(info: ChannelInfo, options: AdoptOptions, now: Millis): boolean {
    const isRoom = this.#streams.size - this.#ended.size < MAX_CHANNELS;
    const taken = new Set([...this].flatMap((stream) => ssrcsOf(stream.info)));
    if (!isRoom || ssrcsOf(info).some((ssrc) => taken.has(ssrc))) return false;
    for (const stream of this.sharing(info)) {
      if (stream.rules.release === "order") this.#retire(stream);
      else this.#end(stream, now);
    }
    if (!options.doesTimelineGoOn) this.#debts.delete(info.channel);
    this.#open(info, options);
    return true;
  }

  /**
   * The host has described a channel, of which the ACCEPT had only the numbers. An ordered stream goes on after
   * the events that are known, and brings the missing events of the one before.
   *
   * @returns false when there is no stream of that SSRC, or it was described before.
   */
  describe(
    description: ChannelDescription,
    knownEvents: AdoptOptions["knownEvents"],
  ): boolean {
    const stream = this.#streams.get(description.ssrc);
    if (!stream || stream.channel !== undefined) return false;
    stream.describe(description, this.#inheritanceOf(description.channel, knownEvents));
    return true;
  }

  /** The streams of the same channel under other SSRCs. */
  sharing({ channel, ssrc }: ChannelInfo): Stream[] {
    return [...this].filter(({ info }) => info.channel === channel && info.ssrc !== ssrc);
  }

  /**
   * A channel has ended after that many packets; this ends no listener. Its stream stays for late packets
   * and repairs until {@linkcode retireEnded} removes it.
   *
   * @returns false when there is no stream of that SSRC, or it has ended before.
   */
  endChannel(ssrc: number, packetCount: number, now: Millis): boolean {
    const stream = this.#streams.get(ssrc);
    if (!stream || this.#ended.has(stream)) return false;
    stream.onEnded(packetCount, now);
    this.#end(stream, now);
    return true;
  }

  /** Removes streams of ended channels of which nothing more is expected. */
  retireEnded(now: Millis): void {
    for (const [stream, endedAt] of this.#ended) {
      if (now >= staysUntil(stream, endedAt)) this.#retire(stream);
    }
  }

  #end(stream: Stream, now: Millis): void {
    if (this.#ended.has(stream)) return;
    stream.onGoodbye();
    this.#ended.set(stream, now);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_STAYING) this.#retire(oldest!);
  }

  /** Takes the channels of a new session's ACCEPT; streams that it does not name have ended. */
  adopt(
    channels: readonly StreamInfo[],
    options: AdoptOptions,
    now: Millis,
  ): void {
    this.settle([], now);
    for (const stream of this.#streams.values()) {
      if (channels.every(({ ssrc }) => ssrc !== stream.info.ssrc)) this.#drop(stream);
    }
    if (!options.doesTimelineGoOn) this.#debts.clear();
    for (const info of channels) {
      const known = this.#streams.get(info.ssrc);
      if (known) known.onRejoined(info, now);
      else this.#open(info, options);
    }
  }

  #drop(stream: Stream): void {
    if (this.#ended.has(stream)) return this.#retire(stream);
    this.#remove(stream);
    this.#dropped.set(stream.info.ssrc, stream);
  }

  /**
   * The host has said which streams ended while this listener was away. What was lost at their ends counts;
   * of other streams that the ACCEPT does not name, nothing more is known.
   */
  settle(ended: readonly { ssrc: number; packetCount: number }[], now: Millis): void {
    for (const { ssrc, packetCount } of ended) this.#endDropped(ssrc, packetCount, now);
    for (const stream of this.#dropped.values()) this.#keepLedger(stream);
    this.#dropped.clear();
  }

  #endDropped(ssrc: number, packetCount: number, now: Millis): void {
    const stream = this.#dropped.get(ssrc);
    if (!stream) return;
    stream.onEnded(packetCount, now);
    const { channel } = stream;
    // Unless the next stream of the channel has inherited it already.
    if (channel !== undefined && this.#debts.has(channel)) this.#debts.set(channel, stream.debt);
  }

  /** Takes another ACCEPT of the same session. Channels begin and end by messages, which go on. */
  renew(channels: readonly ChannelNumbers[], now: Millis): void {
    for (const info of channels) this.#streams.get(info.ssrc)?.onRejoined(info, now);
  }

  #open(info: StreamInfo, { knownEvents, ...options }: AdoptOptions): void {
    const { channel } = info;
    const inheritance = channel === undefined
      ? { knownEvents: 0, debt: undefined }
      : this.#inheritanceOf(channel, knownEvents);
    this.#streams.set(info.ssrc, new Stream(info, { ...options, ...inheritance }));
  }

  #inheritanceOf(channel: ChannelName, knownEvents: AdoptOptions["knownEvents"]): Inheritance {
    const debt = this.#debts.get(channel);
    this.#debts.delete(channel);
    return { debt, knownEvents: knownEvents.get(channel) ?? 0 };
  }

  /** The stream takes no more packets; the channel's ledger keeps what it counted. */
  #retire(stream: Stream): void {
    this.#remove(stream);
    this.#keepLedger(stream);
  }

  #remove(stream: Stream): void {
    const { info: { channel, ssrc }, rules } = stream;
    if (channel !== undefined && rules.repair === "for-ever") this.#debts.set(channel, stream.debt);
    this.#streams.delete(ssrc);
    this.#ended.delete(stream);
    stream.options.latency.close(ssrc);
  }

  /** Replaces a stream that forged packets moved away from the host's numbers; what it held is lost. */
  restart(stream: Stream): void {
    if (this.#ended.has(stream)) return this.#retire(stream);
    this.#keepLedger(stream);
    const options = { ...stream.options, shownUpTo: stream.messages?.shownUpTo };
    this.#streams.set(stream.info.ssrc, new Stream(stream.infoNow, options));
  }

  /** The host said goodbye for the stream of that SSRC, if there is one. */
  onGoodbye(ssrc: number): void {
    this.#streams.get(ssrc)?.onGoodbye();
  }

  /** Whether events of an ordered channel were sent but have not come yet. */
  get areEventsMissing(): boolean {
    for (const { rules, repair, isPastMissing } of this.#streams.values()) {
      if (rules.repair === "for-ever" && (repair.missingCount > 0 || isPastMissing)) return true;
    }
    return false;
  }

  /** When the next packet is to be played or requested, or a stream to be removed; Infinity: never. */
  get deadline(): Millis {
    let earliest: Millis = Infinity;
    for (const stream of this.#streams.values()) {
      const { repair, past } = stream;
      const requestAt = this.#mayRequest(stream) ? repair.deadline : Infinity;
      const wantedAt = Math.max(Math.min(requestAt, past?.requestAt ?? Infinity), this.requestFrom);
      earliest = Math.min(earliest, stream.playAt, wantedAt);
    }
    for (const [stream, endedAt] of this.#ended) {
      earliest = Math.min(earliest, staysUntil(stream, endedAt));
    }
    return earliest;
  }

  /** The longest time that a jitter buffer delays packets. */
  get longestTarget(): Millis {
    return Math.max(0, ...[...this].map(({ jitterBuffer }) => jitterBuffer.targetMillis));
  }

  /**
   * One ledger for each described channel, in the host's order; channels that have ended come last.
   *
   * @param now a freeze of the picture that lasts until then counts too.
   */
  ledgers(now: Millis): ChannelLedger[] {
    const ledgers = new ChannelLedgers();
    for (const stream of this) ledgers.expect(stream);
    ledgers.addAll(this.#past);
    for (const stream of this.#dropped.values()) ledgers.add(stream, now);
    for (const stream of this) ledgers.add(stream, now);
    return ledgers.all;
  }

  reports(now: Millis): ReceptionReport[] {
    return [...this].map((stream) => stream.reports.receptionReport(now));
  }

  #keepLedger(stream: Stream): void {
    (stream.frames ?? stream.messages)?.end();
    this.#past.add(stream, -Infinity);
  }
}

function staysUntil(stream: Stream, endedAt: Millis): Millis {
  const { rules, repair, jitterBuffer, messages, isPastMissing } = stream;
  const isWhole = repair.missingCount === 0 && jitterBuffer.size === 0 && !isPastMissing;
  if (rules.release === "order") return endedAt + (isWhole ? SHORTEST_STAY : LONGEST_STAY);
  const playedBy = jitterBuffer.deadline ?? endedAt + jitterBuffer.targetMillis;
  return Math.max(endedAt + SHORTEST_STAY, playedBy, messages?.lastDueAt ?? -Infinity);
}

/** @param unevenMillis when nothing came for so long, that shows no loss yet. */
function receiptOf(
  { ssrc: mediaSsrc, sequence, at }: NewestPacket,
  unevenMillis: Millis,
  ssrc: number,
  now: Millis,
): PacketReceipt {
  const delaySince = Math.round(Math.max(now - at - unevenMillis, 0) * 65.536);
  return { type: "packetReceipt", ssrc, mediaSsrc, sequence, delaySince };
}
