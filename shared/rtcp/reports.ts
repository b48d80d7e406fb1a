import { packets } from "rtp.js";
import { packetFormat } from "./message_format.ts";
import type { NtpTime } from "./ntp.ts";

/** A report block: reception of one stream (RFC 3550 section 6.4.1). */
export interface ReceptionReport {
  readonly ssrc: number;
  /** Share of the packets expected since the last report, in 1/256. */
  readonly fractionLost: number;
  /** Signed 24 bits: duplicates may make it negative. */
  readonly cumulativeLost: number;
  /** 32 bits: cycles and sequence number. */
  readonly highestSequence: number;
  /** In ticks of the stream's clock. */
  readonly jitter: number;
  /** Middle 32 bits of the last SR's NTP time; 0 when none came. */
  readonly lastSenderReport: number;
  /** Since that SR arrived, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderReport {
  readonly type: "senderReport";
  readonly ssrc: number;
  readonly ntpTime: NtpTime;
  /** The same instant on the stream's RTP clock, wrapped. */
  readonly rtpTimestamp: number;
  /** Packets and payload bytes sent since the stream began, 32 bits each, wrapped. */
  readonly packetCount: number;
  readonly octetCount: number;
}

export interface ReceiverReport {
  readonly type: "receiverReport";
  readonly ssrc: number;
  readonly reports: readonly ReceptionReport[];
}

/** The block count of a report has 5 bits (RFC 3550 section 6.4.1). */
export const MAX_REPORT_BLOCKS = 31;
/** The offset of `cumulativeLost` in a report block. */
const CUMULATIVE_LOST_OFFSET = 5;

export const senderReport = packetFormat<SenderReport, packets.SenderReportPacket>(
  "senderReport",
  packets.SenderReportPacket,
  (packet) => [readSenderReport(packet)],
  writeSenderReport,
);

export const receiverReport = packetFormat<ReceiverReport, packets.ReceiverReportPacket>(
  "receiverReport",
  packets.ReceiverReportPacket,
  (packet) => [readReceiverReport(packet)],
  writeReceiverReport,
);

function readSenderReport(packet: packets.SenderReportPacket): SenderReport {
  return {
    type: "senderReport",
    ssrc: packet.getSsrc(),
    ntpTime: { seconds: packet.getNtpSeconds(), fraction: packet.getNtpFraction() },
    rtpTimestamp: packet.getRtpTimestamp(),
    packetCount: packet.getPacketCount(),
    octetCount: packet.getOctetCount(),
  };
}

function writeSenderReport(message: SenderReport): packets.SenderReportPacket {
  const packet = new packets.SenderReportPacket();
  packet.setSsrc(message.ssrc);
  packet.setNtpSeconds(message.ntpTime.seconds);
  packet.setNtpFraction(message.ntpTime.fraction);
  packet.setRtpTimestamp(message.rtpTimestamp);
  packet.setPacketCount(message.packetCount % 0x1_0000_0000);
  packet.setOctetCount(message.octetCount % 0x1_0000_0000);
  return packet;
}

function readReceiverReport(packet: packets.ReceiverReportPacket): ReceiverReport {
  const reports = packet.getReports().map(readReceptionReport);
  return { type: "receiverReport", ssrc: packet.getSsrc(), reports };
}

function writeReceiverReport(message: ReceiverReport): packets.ReceiverReportPacket {
  if (message.reports.length > MAX_REPORT_BLOCKS) {
    throw new RangeError(`${message.reports.length} blocks do not fit one receiver report`);
  }
  const packet = new packets.ReceiverReportPacket();
  packet.setSsrc(message.ssrc);
  for (const report of message.reports) packet.addReport(writeReceptionReport(report));
  return packet;
}

function readReceptionReport(report: packets.ReceptionReport): ReceptionReport {
  return {
    ssrc: report.getSsrc(),
    fractionLost: report.getFractionLost(),
    cumulativeLost: readSigned24(report.getView(), CUMULATIVE_LOST_OFFSET),
    highestSequence: report.getHighestSeqNumber(),
    jitter: report.getJitter(),
    lastSenderReport: report.getLastSRTimestamp(),
    delaySinceLastSenderReport: report.getDelaySinceLastSR(),
  };
}

function writeReceptionReport(fields: ReceptionReport): packets.ReceptionReport {
  const report = new packets.ReceptionReport();
  report.setSsrc(fields.ssrc);
  report.setFractionLost(fields.fractionLost);
  writeSigned24(report.getView(), CUMULATIVE_LOST_OFFSET, fields.cumulativeLost);
  report.setHighestSeqNumber(fields.highestSequence);
  report.setJitter(fields.jitter);
  report.setLastSRTimestamp(fields.lastSenderReport);
  report.setDelaySinceLastSR(fields.delaySinceLastSenderReport);
  return report;
}

/** Two's complement (RFC 3550 appendix A.3); rtp.js 0.15.5 reads 12 bits and a sign bit instead. */
function readSigned24(view: DataView, offset: number): number {
  return view.getInt8(offset) * 0x1_0000 + view.getUint16(offset + 1);
}

function writeSigned24(view: DataView, offset: number, value: number): void {
  const clamped = Math.max(-0x80_0000, Math.min(value, 0x7f_ffff));
  view.setInt8(offset, clamped >> 16);
  view.setUint16(offset + 1, clamped & 0xffff);
}
