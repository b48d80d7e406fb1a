import type { Millis } from "../../shared/core/units.ts";
import type { Channel } from "../channel/channel.ts";
import type { HostSecrecy } from "../edge/sessions/host_secrecy.ts";
import type { Outbox } from "../edge/sending/outbox.ts";
import type { PlainReceivers } from "../edge/sending/plain_receivers.ts";
import {
  REPORT_INTERVAL_MILLIS,
  type ReportTime,
  writeGoodbye,
  writeStatus,
} from "../edge/admission/reports.ts";
import type { SessionTable } from "../edge/sessions/sessions.ts";

export interface SenderReportsOptions {
  readonly channels: readonly Channel[];
  /** Ties the channels to one clock; random, as RFC 7022 section 4.2 wants it. */
  readonly cname: string;
  readonly sessions: SessionTable;
  readonly plain: PlainReceivers;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy: HostSecrecy | undefined;
  readonly outbox: Outbox;
  readonly now: Millis;
}

/** What the host says of its streams, the same to all: each second how they stand, and goodbye. */
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

  /** @returns whether a report is due; it is not any more then. */
  takeDue(now: Millis): boolean {
    if (now < this.#nextAt) return false;
    const missed = Math.floor((now - this.#nextAt) / REPORT_INTERVAL_MILLIS);
    this.#nextAt += (missed + 1) * REPORT_INTERVAL_MILLIS;
    return true;
  }

  sendStatus(time: ReportTime): void {
    this.#send((channels) => writeStatus(channels, this.#options.cname, time));
  }

  sendGoodbye(reason: string, time: ReportTime): void {
    this.#send((channels) => writeGoodbye(channels, this.#options.cname, time, reason));
  }

  /** Plain receivers get sound alone, and so only its report. */
  #send(write: (channels: readonly Channel[]) => Uint8Array): void {
    const { channels, secrecy, outbox, sessions, plain } = this.#options;
    const report = write(channels);
    outbox.sendControl(sessions.all, secrecy?.sealReport(report) ?? report);
    const audio = channels.filter(({ name }) => name === "audio");
    if (audio.length > 0 && !plain.isEmpty) plain.sendReport(write(audio));
  }
}
