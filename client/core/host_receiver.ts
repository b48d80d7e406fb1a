import type { Counters } from "../../shared/core/counters.ts";
import type { Millis } from "../../shared/core/units.ts";
import { junk, type JunkName, type Parsed, parsed } from "../../shared/core/parsed.ts";
import type { RtcpMessage, SenderReport } from "../../shared/rtcp/rtcp.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";
import {
  type ArrivedMedia,
  authenticateControl,
  authenticateMedia,
  type AuthenticControl,
} from "./authentication.ts";
import { EarlyDatagrams, type KeptDatagram } from "./early_datagrams.ts";
import type { Joining } from "../joining/joining.ts";
import type { ListenerSecrecy } from "../joining/secrecy.ts";
import type { Proofs } from "../receiving/past/proofs.ts";
import type { RoutedMedia } from "../receiving/stream_ways.ts";
import type { MediaRoute, StreamSet } from "../receiving/stream_set.ts";

/** A key that does not come within this time is no longer waited for. */
const WAIT_FOR_KEY: Millis = 2000;

/** A channel that is not announced within this time is no longer waited for. */
const WAIT_FOR_CHANNEL: Millis = 2000;
/** Reports about unknown streams that are waited for; more are counted at once. */
const MAX_REPORTED = 16;

const NO_MESSAGES: AuthenticControl = { messages: [], unauthentic: 0 };

export interface HostReceiverDeps {
  readonly proofs: Proofs;
  readonly streams: StreamSet;
  readonly joining: Pick<Joining, "isAsking">;
  /** Counts refused datagrams by name. */
  readonly junk: Counters<JunkName>;
  /** Whether a packet that arrived at that time was late because this program stood still. */
  readonly excuses: (arrivedAt: Millis) => boolean;
}

/**
 * Takes the host's RTP and RTCP: authenticates each datagram and gives RTP to its stream. Datagrams that
 * need an ACCEPT, a key or the announcement of a channel which has not come yet are kept until it comes.
 */
export class HostReceiver {
  readonly #deps: HostReceiverDeps;
  readonly #awaitingAccept = new EarlyDatagrams();
  readonly #awaitingKey = new EarlyDatagrams();
  readonly #awaitingChannel = new EarlyDatagrams();
  /** SSRCs of reports about streams that were unknown, and when the first came. */
  readonly #reported = new Map<number, Millis>();

  constructor(deps: HostReceiverDeps) {
    this.#deps = deps;
  }

  /**
   * @param secrecy absent when the host does not encrypt; the same below.
   * @returns whether the packet proves that the host sends to this listener.
   */
  receiveMedia(
    arrived: ArrivedMedia,
    secrecy: ListenerSecrecy | undefined,
    now: Millis,
  ): boolean {
    const isBelieved = this.#deliver(arrived, secrecy, now);
    if (isBelieved.ok) return isBelieved.value;
    const { datagram, packet } = arrived;
    const isKept = this.#refuse(isBelieved.junk, { datagram, packet, at: now }, secrecy);
    if (isKept) this.#noteUnopened(packet, now);
    return false;
  }

  /** @returns the host's messages. */
  receiveControl(
    datagram: Uint8Array,
    secrecy: ListenerSecrecy | undefined,
    now: Millis,
  ): readonly RtcpMessage[] {
    const control = authenticateControl(datagram, secrecy, now);
    if (!control.ok) this.#refuse(control.junk, { datagram, at: now }, secrecy);
    const { messages, unauthentic } = control.ok ? control.value : NO_MESSAGES;
    if (unauthentic > 0) this.#deps.junk.add("unauthentic", unauthentic);
    return messages;
  }

  /** RTCP that overtook the first ACCEPT, such as the message that describes the broadcast. */
  keepControl(datagram: Uint8Array, now: Millis): void {
    if (!this.#awaitingAccept.keep(datagram, undefined, now)) this.#deps.junk.add("overflow");
  }

  /** @returns whether the report is about a known stream. */
  onSenderReport(report: SenderReport, now: Millis): boolean {
    const { streams, joining, excuses } = this.#deps;
    const stream = streams.get(report.ssrc);
    stream?.onSenderReport(report, now, excuses);
    if (stream) return true;
    // A report that overtook its ACCEPT is dropped: the next one comes in a second.
    if (!streams.onSideReport(report) && !joining.isAsking) this.#noteReported(report.ssrc, now);
    return false;
  }

  /** The report is forged, or about a channel whose announcement was lost and will be repeated. */
  #noteReported(ssrc: number, now: Millis): void {
    if (this.#reported.has(ssrc)) return;
    if (this.#reported.size >= MAX_REPORTED) this.#deps.junk.add("unknownSsrc");
    else this.#reported.set(ssrc, now);
  }

  /** The RTP packets of streams that were unknown, in order of arrival. */
  takeAwaitingChannel(): KeptDatagram[] {
    return this.#awaitingChannel.takeAll();
  }

  /** The datagrams that waited for an ACCEPT, in order of arrival. */
  takeAwaitingAccept(): KeptDatagram[] {
    return this.#awaitingAccept.takeAll();
  }

  /** The datagrams that waited for a key, in order of arrival. */
  takeAwaitingKey(): KeptDatagram[] {
    return this.#awaitingKey.takeAll();
  }

  /** Counts and drops datagrams that have waited too long; `now` Infinity: all of them. */
  expire(now: Millis): void {
    const { junk, streams } = this.#deps;
    const withoutKey = this.#awaitingKey.expire(now - WAIT_FOR_KEY);
    if (withoutKey > 0) junk.add("unknownEpoch", withoutKey);
    const unknown = this.#awaitingChannel.expire(now - WAIT_FOR_CHANNEL);
    if (unknown > 0) junk.add("unknownSsrc", unknown);
    for (const [ssrc, at] of this.#reported) {
      if (at > now - WAIT_FOR_CHANNEL) continue;
      this.#reported.delete(ssrc);
      if (!streams.routeOf(ssrc)) junk.add("unknownSsrc");
    }
  }

  #deliver(
    arrived: ArrivedMedia,
    secrecy: ListenerSecrecy | undefined,
    now: Millis,
  ): Parsed<boolean> {
    const route = this.#deps.streams.routeOf(arrived.packet.ssrc);
    if (!route) return junk("unknownSsrc");
    const media = authenticateMedia(route, arrived, secrecy, now);
    if (!media.ok) return media;
    this.#keepProof(route, media.value);
    // Statistics, then repair, then the jitter buffer.
    const isBelieved = route.stream.take(media.value, now, this.#deps.excuses);
    this.#countRefused(route);
    if (route.stream.isDisplaced) this.#deps.streams.restart(route.stream);
    if (!isBelieved.ok) this.#deps.junk.add(isBelieved.junk);
    return parsed(isBelieved.ok && isBelieved.value);
  }

  /** Signatures of the timeline's entries are kept. */
  #keepProof({ stream }: MediaRoute, { signature, place }: RoutedMedia): void {
    if (!stream.missingPast || !signature || place === undefined) return;
    this.#deps.proofs.onEvent(place - stream.info.sequenceBase + 1, signature);
  }

  #countRefused({ stream }: MediaRoute): void {
    const implausible = stream.gate.takeRefused();
    if (implausible > 0) this.#deps.junk.add("implausibleSequence", implausible);
    const forged = stream.fec?.takeRefused() ?? 0;
    if (forged > 0) this.#deps.junk.add("malformedParity", forged);
    for (const name of stream.messages?.takeJunk() ?? []) this.#deps.junk.add(name);
  }

  /** @returns whether the datagram waits for its key. */
  #refuse(
    name: JunkName,
    { datagram, packet, at }: KeptDatagram,
    secrecy: ListenerSecrecy | undefined,
  ): boolean {
    const isUnknown = name === "unknownSsrc" || name === "unknownEpoch";
    // The ACCEPT that announces the stream or has the key may still come.
    if (isUnknown && this.#deps.joining.isAsking) {
      const isKept = this.#awaitingAccept.keep(datagram, packet, at);
      if (!isKept) this.#deps.junk.add("overflow");
      return false;
    }
    if (name === "unknownSsrc" && packet) {
      // The message that announces the channel may still come.
      if (!this.#awaitingChannel.keep(datagram, packet, at)) this.#deps.junk.add("overflow");
      return false;
    }
    const mayWait = name === "unknownEpoch" && secrecy?.mayBeOpenedLater(datagram);
    const isKept = mayWait === true && this.#awaitingKey.keep(datagram, packet, at);
    if (!isKept) this.#deps.junk.add(name);
    return isKept;
  }

  /** The packet is here: a retransmission could not be opened either, so none is requested. */
  #noteUnopened({ ssrc, sequenceNumber }: RtpPacket, now: Millis): void {
    const route = this.#deps.streams.routeOf(ssrc);
    if (!route || route.way !== "original") return;
    const { gate, repair } = route.stream;
    repair.onUnopened(gate.peek(sequenceNumber), now + WAIT_FOR_KEY);
  }
}
