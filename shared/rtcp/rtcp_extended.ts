import { packets } from "rtp.js";
import type { NtpTime } from "./ntp.ts";
import {
  POST_REPAIR_BLOCK_TYPE,
  type PostRepairLoss,
  readPostRepairLoss,
  writePostRepairLoss,
} from "./post_repair.ts";

/**
 * A listener's clock, sent so that the host can echo it (RFC 3611 section 4.4): this is how one that
 * sends no media, and so no sender reports, still measures its round trip.
 */
export interface ReferenceTime {
  readonly type: "referenceTime";
  /** The listener's. */
  readonly ssrc: number;
  readonly ntpTime: NtpTime;
}

/** One listener's echo; field for field what LSR and DLSR are in a {@linkcode ReceptionReport}. */
export interface ReferenceTimeEchoReport {
  /** The listener's. */
  readonly ssrc: number;
  /** Middle 32 bits of the last reference time's NTP time; 0 when none came. */
  readonly lastReferenceTime: number;
  /** Since that reference time arrived, in 1/65536 s. */
  readonly delaySince: number;
}

/** The host's answer to {@linkcode ReferenceTime} (RFC 3611 section 4.5). */
export interface ReferenceTimeEcho {
  readonly type: "referenceTimeEcho";
  /** The answering host's. */
  readonly ssrc: number;
  readonly reports: readonly ReferenceTimeEchoReport[];
}

/** What travels in extended reports (RFC 3611), each in a packet of its own. */
export type ExtendedMessage = ReferenceTime | ReferenceTimeEcho | PostRepairLoss;

export function readExtended(packet: packets.XrPacket): ExtendedMessage[] {
  return packet.getReports().flatMap((block) => readBlock(packet.getSsrc(), block));
}

export function writeExtended(message: ExtendedMessage): packets.XrPacket {
  const packet = new packets.XrPacket();
  packet.setSsrc(message.ssrc);
  packet.addReport(writeBlock(message));
  return packet;
}

function readBlock(ssrc: number, block: packets.ExtendedReport): ExtendedMessage[] {
  if (block instanceof packets.RrtExtendedReport) {
    const ntpTime = { seconds: block.getNtpSeconds(), fraction: block.getNtpFraction() };
    return [{ type: "referenceTime", ssrc, ntpTime }];
  }
  if (block instanceof packets.DlrrExtendedReport) {
    const reports = block.getSubReports().map((report) => ({
      ssrc: report.ssrc,
      lastReferenceTime: report.lrr,
      delaySince: report.dlrr,
    }));
    return [{ type: "referenceTimeEcho", ssrc, reports }];
  }
  if (block instanceof packets.GenericExtendedReport) return readOther(ssrc, block);
  return [];
}

function readOther(ssrc: number, block: packets.GenericExtendedReport): ExtendedMessage[] {
  if (block.getReportType() as number !== POST_REPAIR_BLOCK_TYPE) return [];
  const loss = readPostRepairLoss(ssrc, block.getBody());
  return loss ? [loss] : [];
}

function writeBlock(message: ExtendedMessage): packets.ExtendedReport {
  switch (message.type) {
    case "referenceTime":
      return writeReferenceTime(message);
    case "referenceTimeEcho":
      return writeReferenceTimeEcho(message);
    case "postRepairLoss":
      return writePostRepair(message);
  }
}

function writeReferenceTime(message: ReferenceTime): packets.RrtExtendedReport {
  const block = new packets.RrtExtendedReport();
  block.setNtpSeconds(message.ntpTime.seconds);
  block.setNtpFraction(message.ntpTime.fraction);
  return block;
}

function writeReferenceTimeEcho(message: ReferenceTimeEcho): packets.DlrrExtendedReport {
  const block = new packets.DlrrExtendedReport();
  for (const report of message.reports) {
    const { ssrc, lastReferenceTime, delaySince } = report;
    block.addSubReport({ ssrc, lrr: lastReferenceTime, dlrr: delaySince });
  }
  return block;
}

function writePostRepair(message: PostRepairLoss): packets.GenericExtendedReport {
  const block = new packets.GenericExtendedReport(undefined, POST_REPAIR_BLOCK_TYPE);
  block.setBody(writePostRepairLoss(message));
  return block;
}
