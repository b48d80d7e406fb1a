import type { Millis } from "../../../shared/core/units.ts";
import { type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import type { Channel } from "./channel.ts";
import type { Outbox, Recipient } from "./outbox.ts";
import type { PlainReceivers } from "./plain_receivers.ts";

/** From one sender report to the next. */
const REPORT_INTERVAL_MILLIS: Millis = 1000;

/** A moment by the origin's clock; before the start there is no media clock to report. */
export interface ReportTime {
  readonly now: Millis;
  readonly startedAt: Millis | undefined;
}

/** Encrypts an RTCP packet for all listeners. */
interface ReportSealer {
  sealReport(packet: Uint8Array): Uint8Array;
}

export interface SenderReportsOptions {
  readonly channels: () => readonly Channel[];
  /** The same for all channels, since they share one clock; random (RFC 7022 section 4.2). */
  readonly cname: string;
  readonly everyone: () => readonly Recipient[];
  readonly plain: PlainReceivers;
  /** Undefined when the broadcast is not encrypted. */
  readonly secrecy: ReportSealer | undefined;
  readonly outbox: Outbox;
  readonly now: Millis;
}

/** Sends the reports that are the same for every listener: a status each second, and the goodbye. */
export class SenderReports {
  readonly #options: SenderReportsOptions;
  #nextAt: Millis;

  constructor(options: SenderReportsOptions) {
    this.#options = options;
    this.#nextAt = options.now + REPORT_INTERVAL_MILLIS;
  }

  get deadline(): Millis {
    return this.#nextAt;
  }

  /** @returns whether a report is due now; the next one is due up to a second later. */
  takeDue(now: Millis): boolean {
    if (now < this.#nextAt) return false;
    const missed = Math.floor((now - this.#nextAt) / REPORT_INTERVAL_MILLIS);
    this.#nextAt += (missed + 1) * REPORT_INTERVAL_MILLIS;
    return true;
  }

  /** Sends a sender report for each channel; before the start an empty report (RFC 3550 section 6). */
  sendStatus(time: ReportTime): void {
    this.#send((channels) => serializeRtcp(this.#statusOf(channels, time)));
  }

  /** Sends the BYE. The packet counts that go with it show which of the last packets were lost. */
  sendGoodbye(reason: string, time: ReportTime): void {
    this.#send((channels) => {
      const ssrcs = channels.map(({ ssrc }) => ssrc);
      const goodbye = { type: "goodbye", ssrcs, reason } as const;
      return serializeRtcp([...this.#statusOf(channels, time), goodbye]);
    });
  }

  /** Plain receivers get the sound alone, and therefore only its report. */
  #send(write: (channels: readonly Channel[]) => Uint8Array): void {
    const { secrecy, outbox, everyone, plain } = this.#options;
    const channels = this.#options.channels();
    const report = write(channels);
    outbox.sendControl(everyone(), secrecy?.sealReport(report) ?? report);
    const audio = channels.filter(({ name }) => name === "audio");
    if (audio.length > 0 && !plain.isEmpty) plain.sendReport(write(audio));
  }

  #statusOf(channels: readonly Channel[], { now, startedAt }: ReportTime): RtcpMessage[] {
    const { cname } = this.#options;
    return channels.flatMap((channel): RtcpMessage[] => [
      ...(startedAt === undefined
        ? [{ type: "receiverReport", ssrc: channel.ssrc, reports: [] } as const]
        : channel.reports(now, startedAt)),
      { type: "sourceDescription", ssrc: channel.ssrc, cname },
    ]);
  }
}
