import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ChannelName } from "../../shared/media/channel.ts";
import type { ChannelInfo } from "../../shared/admission/admission.ts";
import type { Nack } from "../../shared/rtcp/nack.ts";
import type { PacketReceipt } from "../../shared/rtcp/app_messages.ts";
import type { PostRepairLoss } from "../../shared/rtcp/extended_reports.ts";
import type { ReceptionReport, SenderReport } from "../../shared/rtcp/rtcp.ts";
import {
  type Debt,
  type MediaWay,
  type NewestPacket,
  Stream,
  type StreamOptions,
} from "./stream.ts";

/** Which stream a packet belongs to, and how it comes. */
export interface MediaRoute {
  readonly stream: Stream;
  readonly way: MediaWay;
}

export interface AdoptOptions extends Omit<StreamOptions, "debt"> {
  /** Whether a new stream of events continues the same timeline, and so brings the missing events. */
  readonly doesTimelineGoOn: boolean;
}

/**
 * The streams of a broadcast, one for each channel. A host that restarted sends a channel under a new SSRC:
 * a new stream replaces the old one, and the channel's ledger is the sum of both.
 */
export class StreamSet {
  readonly #streams = new Map<number, Stream>();
  /** The ledgers of replaced and ended streams, summed for each channel. */
  readonly #past = new Map<ChannelName, ChannelLedger>();

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
    if (route?.way === "retransmission") route.stream.rtxSequences.onReport(packetCount);
    if (route?.way === "parity") route.stream.fecSequences.onReport(packetCount);
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
    for (const { info, repair, newest } of this.#streams.values()) {
      const sequences = info.rtx && read(repair);
      if (!sequences) continue;
      if (newest) requests.push(receiptOf(newest, listenerSsrc, now));
      requests.push({ type: "nack", ssrc: listenerSsrc, mediaSsrc: info.ssrc, sequences });
    }
    return requests;
  }

  /** Takes the channels of an ACCEPT; streams that it does not name have ended. */
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
      stream.options.latency.close(stream.info.ssrc);
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

  /** Replaces a stream that forged packets moved away from the host's numbers; what it held is lost. */
  restart(stream: Stream): void {
    this.#past.set(stream.info.channel, this.#wholeLedger(stream));
    this.#streams.set(stream.info.ssrc, new Stream(stream.infoNow, stream.options));
  }

  /** The host said goodbye for the stream of that SSRC, if there is one. */
  onGoodbye(ssrc: number): void {
    this.#streams.get(ssrc)?.onGoodbye();
  }

  /** Whether the host said goodbye for every stream. */
  get haveEnded(): boolean {
    const streams = [...this.#streams.values()];
    return streams.length > 0 && streams.every(({ hasEnded }) => hasEnded);
  }

  /** Whether there are events that were sent but have not come yet. */
  get areEventsMissing(): boolean {
    return [...this].some(({ info, repair }) =>
      info.channel === "events" && repair.missingCount > 0
    );
  }

  /** When the next packet is to be played or requested; Infinity when none is. */
  get deadline(): Millis {
    let earliest: Millis = Infinity;
    for (const { jitterBuffer, repair, info } of this.#streams.values()) {
      earliest = Math.min(earliest, jitterBuffer.deadline ?? Infinity);
      if (info.rtx) earliest = Math.min(earliest, repair.deadline);
    }
    return earliest;
  }

  /** The longest time that a jitter buffer delays packets. */
  get longestTarget(): Millis {
    return Math.max(0, ...[...this].map(({ jitterBuffer }) => jitterBuffer.targetMillis));
  }

  /** One ledger for each channel, in the host's order; channels that have ended come last. */
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

/**
 * The ledger of a channel that two streams carried one after the other: counts are summed, and values that
 * describe the present are the later stream's.
 */
function addLedgers(earlier: ChannelLedger, later: ChannelLedger): ChannelLedger {
  const sum = (read: (ledger: ChannelLedger) => number) => read(earlier) + read(later);
  const packetsExpected = sum((ledger) => ledger.packetsExpected);
  const networkLost = sum((ledger) => ledger.networkLost);
  return {
    ...later,
    packetsExpected,
    packetsReceived: sum((ledger) => ledger.packetsReceived),
    networkLost,
    packetsDuplicated: sum((ledger) => ledger.packetsDuplicated),
    packetsReordered: sum((ledger) => ledger.packetsReordered),
    packetsRepaired: {
      nack: sum((ledger) => ledger.packetsRepaired.nack),
      fec: sum((ledger) => ledger.packetsRepaired.fec),
    },
    packetsDiscarded: sum((ledger) => ledger.packetsDiscarded),
    residualLost: sum((ledger) => ledger.residualLost),
    fractionLost: packetsExpected > 0 ? networkLost / packetsExpected : 0,
    nackCount: sum((ledger) => ledger.nackCount),
    retransmittedPacketsReceived: sum((ledger) => ledger.retransmittedPacketsReceived),
    fecPacketsReceived: sum((ledger) => ledger.fecPacketsReceived),
    fecBytesReceived: sum((ledger) => ledger.fecBytesReceived),
    bytesReceived: sum((ledger) => ledger.bytesReceived),
    jitterBufferDelay: sum((ledger) => ledger.jitterBufferDelay),
    jitterBufferEmittedCount: sum((ledger) => ledger.jitterBufferEmittedCount),
    maxGap: Math.max(earlier.maxGap, later.maxGap),
  };
}
