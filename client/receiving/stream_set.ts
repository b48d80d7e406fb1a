import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ChannelName } from "../../shared/media/channel.ts";
import type { ChannelInfo } from "../../shared/admission/admission.ts";
import type { Nack } from "../../shared/rtcp/nack.ts";
import type { PacketReceipt } from "../../shared/rtcp/packet_receipt.ts";
import type { PostRepairLoss } from "../../shared/rtcp/post_repair.ts";
import type { ReceptionReport, SenderReport } from "../../shared/rtcp/rtcp.ts";
import { addLedgers } from "./ledger_sum.ts";
import type { MediaWay, NewestPacket } from "./routed_media.ts";
import { type Debt, Stream, type StreamOptions } from "./stream.ts";

/** Whose packet it is, and by what way it comes. */
export interface MediaRoute {
  readonly stream: Stream;
  readonly way: MediaWay;
}

export interface AdoptOptions extends Omit<StreamOptions, "debt"> {
  /** Whether the events that are missing will come in the stream that takes over. */
  readonly doesTimelineGoOn: boolean;
}

/**
 * The streams of a broadcast, one a channel. A host that restarted sends a channel under a new SSRC:
 * its stream takes over, and the channel's ledger goes on from what the earlier one came to.
 */
export class StreamSet {
  readonly #streams = new Map<number, Stream>();
  readonly #past = new Map<ChannelName, ChannelLedger>();

  [Symbol.iterator](): Iterator<Stream> {
    return this.#streams.values();
  }

  get(ssrc: number): Stream | undefined {
    return this.#streams.get(ssrc);
  }

  /** Whose packets come under this SSRC, and by what way. */
  routeOf(ssrc: number): MediaRoute | undefined {
    for (const stream of this.#streams.values()) {
      const { info } = stream;
      if (info.ssrc === ssrc) return { stream, way: "original" };
      if (info.rtx?.ssrc === ssrc) return { stream, way: "again" };
      if (stream.fec && info.fec?.ssrc === ssrc) return { stream, way: "parity" };
    }
  }

  /** The host says how much it has sent again, or of parity. @returns false when it is about neither. */
  onSideReport({ ssrc, packetCount }: SenderReport): boolean {
    const route = this.routeOf(ssrc);
    if (route?.way === "again") route.stream.rtxSequences.onReport(packetCount);
    if (route?.way === "parity") route.stream.fecSequences.onReport(packetCount);
    return route !== undefined && route.way !== "original";
  }

  /** What could not be played since the last call. */
  postRepairLosses(listenerSsrc: number): PostRepairLoss[] {
    return [...this].flatMap((stream) => stream.reports.postRepairLoss(listenerSsrc) ?? []);
  }

  /**
   * @param read what is to be asked for of a stream.
   * @returns the requests: a NACK a stream, and what came of it last.
   */
  nacks(
    listenerSsrc: number,
    read: (repair: Stream["repair"]) => readonly number[] | undefined,
    now: Millis,
  ): (Nack | PacketReceipt)[] {
    const requests: (Nack | PacketReceipt)[] = [];
    for (const { info, repair, newest } of this.#streams.values()) {
      const sequences = info.rtx && read(repair);
      if (!sequences) continue;
      if (newest) requests.push(receiptOf(newest, listenerSsrc, now));
      requests.push({ type: "nack", ssrc: listenerSsrc, mediaSsrc: info.ssrc, sequences });
    }
    return requests;
  }

  /** Takes over what an ACCEPT says; streams that it no longer names are over. */
  adopt(
    channels: readonly ChannelInfo[],
    options: AdoptOptions,
    now: Millis,
  ): void {
    let debt: Debt | undefined;
    for (const stream of this.#streams.values()) {
      if (channels.some(({ ssrc }) => ssrc === stream.info.ssrc)) continue;
      if (stream.info.channel === "events" && options.doesTimelineGoOn) debt = stream.debt;
      this.#past.set(stream.info.channel, this.#wholeLedger(stream));
      this.#streams.delete(stream.info.ssrc);
    }
    for (const info of channels) {
      const known = this.#streams.get(info.ssrc);
      if (known) known.onRejoined(info.nextSequence, now);
      else {
        const owed = info.channel === "events" ? debt : undefined;
        this.#streams.set(info.ssrc, new Stream(info, { ...options, debt: owed }));
      }
    }
  }

  /** Goes on with a stream that was led away from what the host sends; what it held is lost. */
  restart(stream: Stream): void {
    this.#past.set(stream.info.channel, this.#wholeLedger(stream));
    this.#streams.set(stream.info.ssrc, new Stream(stream.infoNow, stream.options));
  }

  /** The host said goodbye for one of them. */
  onGoodbye(ssrc: number): void {
    this.#streams.get(ssrc)?.onGoodbye();
  }

  /** Whether the host said goodbye for all of them. */
  get haveEnded(): boolean {
    const streams = [...this.#streams.values()];
    return streams.length > 0 && streams.every(({ hasEnded }) => hasEnded);
  }

  /** Whether there are events that were sent and did not come yet. */
  get areEventsMissing(): boolean {
    return [...this].some(({ info, repair }) =>
      info.channel === "events" && repair.missingCount > 0
    );
  }

  /** When the next packet is due or to be asked for; Infinity when none is. */
  get deadline(): Millis {
    let earliest: Millis = Infinity;
    for (const { jitterBuffer, repair, info } of this.#streams.values()) {
      earliest = Math.min(earliest, jitterBuffer.deadline ?? Infinity);
      if (info.rtx) earliest = Math.min(earliest, repair.deadline);
    }
    return earliest;
  }

  /** The longest that a packet is held back. */
  get longestTarget(): Millis {
    return Math.max(0, ...[...this].map(({ jitterBuffer }) => jitterBuffer.targetMillis));
  }

  /** One ledger a channel, in the host's order; channels that are gone come last. */
  ledgers(): ChannelLedger[] {
    const current = [...this].map((stream) => this.#wholeLedger(stream));
    const gone = [...this.#past.values()].filter(({ channel }) =>
      current.every((ledger) => ledger.channel !== channel)
    );
    return [...current, ...gone];
  }

  reports(now: Millis): ReceptionReport[] {
    return [...this].map((stream) => stream.reports.receptionReport(now));
  }

  #wholeLedger(stream: Stream): ChannelLedger {
    const past = this.#past.get(stream.info.channel);
    return past ? addLedgers(past, stream.ledger()) : stream.ledger();
  }
}

function receiptOf(
  { ssrc: mediaSsrc, sequence, at }: NewestPacket,
  ssrc: number,
  now: Millis,
): PacketReceipt {
  const delaySince = Math.round((now - at) * 65.536);
  return { type: "packetReceipt", ssrc, mediaSsrc, sequence, delaySince };
}
