import type { Millis } from "../../../shared/core/units.ts";
import { type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import type { Channel } from "./channel.ts";
import type { Outbox, Recipient, SlotWriter } from "./outbox.ts";
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
  /** The SSRC of the host itself, which is no channel's. */
  readonly hostSsrc: number;
  /** The same for all channels, since they share one clock; random (RFC 7022 section 4.2). */
  readonly cname: string;
  readonly everyone: () => readonly Recipient[];
  readonly plain: PlainReceivers;
  /** What the origin's clock shows, which the reports tell. */
  readonly timeAt: (now: Millis) => ReportTime;
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

  /**
   * Sends a sender report for each channel; before the start, and while there is no channel, an empty report
   * of the host itself (RFC 3550 section 6), which shows that it is there.
   */
  sendStatus(now: Millis): void {
    const time = this.#options.timeAt(now);
    this.#send((slot, at) => this.#statusFor(slot, at));
    this.#sendToPlain((channels) => this.#statusOf(channels, time));
  }

  /**
   * Sends the BYE of the host and of every channel. The packet counts that go with it show which of the last
   * packets were lost.
   */
  sendGoodbye(reason: string, now: Millis): void {
    const time = this.#options.timeAt(now);
    const ssrcs = [this.#options.hostSsrc, ...ssrcsOf(this.#options.channels())];
    const goodbye = { type: "goodbye", ssrcs, reason } as const;
    this.#send((slot, at) => [...this.#statusFor(slot, at), goodbye]);
    this.#sendToPlain((channels) => [
      ...this.#statusOf(channels, time),
      { type: "goodbye", ssrcs: ssrcsOf(channels), reason },
    ]);
  }

  /** What a report says is true when it leaves, for those to whom it goes. */
  #send(write: (slot: number, now: Millis) => RtcpMessage[]): void {
    const { secrecy, outbox, everyone } = this.#options;
    const seal: SlotWriter = (slot, now) => {
      const report = serializeRtcp(write(slot, now));
      return secrecy?.sealReport(report) ?? report;
    };
    outbox.sendReport(everyone(), seal);
  }

  #statusFor(slot: number, now: Millis): RtcpMessage[] {
    const { channels, outbox, timeAt } = this.#options;
    return this.#statusOf(channels(), timeAt(now), (ssrc) => outbox.waiting(slot, ssrc));
  }

  /** Plain receivers of a channel get its reports alone. */
  #sendToPlain(write: (channels: readonly Channel[]) => RtcpMessage[]): void {
    const { channels, plain } = this.#options;
    for (const played of plain.channels) {
      const those = channels().filter(({ name }) => name === played);
      if (those.length > 0) plain.sendReport(played, serializeRtcp(write(those)));
    }
  }

  /** @param unsent how many packets of a stream those who get this have not been sent. */
  #statusOf(
    channels: readonly Channel[],
    { now, startedAt }: ReportTime,
    unsent: (ssrc: number) => number = () => 0,
  ): RtcpMessage[] {
    const { hostSsrc, cname } = this.#options;
    if (startedAt === undefined || channels.length === 0) {
      return [
        { type: "receiverReport", ssrc: hostSsrc, reports: [] },
        { type: "sourceDescription", ssrc: hostSsrc, cname },
      ];
    }
    return channels.flatMap((channel): RtcpMessage[] => [
      ...channel.reports(now, startedAt, unsent(channel.ssrc)),
      { type: "sourceDescription", ssrc: channel.ssrc, cname },
    ]);
  }
}

function ssrcsOf(channels: readonly Channel[]): number[] {
  return channels.map(({ ssrc }) => ssrc);
}
