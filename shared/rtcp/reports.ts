import { packets } from "rtp.js";
import { lengthFieldOf, packetFormat } from "./message_format.ts";
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
/** Version 2, without padding. */
const VERSION = 0x80;
const PADDING_BIT = 0x20;
const SENDER_REPORT_TYPE = 200;
export const RECEIVER_REPORT_TYPE = 201;
/** Without blocks. */
const SENDER_REPORT_BYTES = 28;
const RECEIVER_REPORT_BYTES = 8;
const BLOCK_BYTES = 24;
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
  (packet) => [readReceiverReport(packet.getView())],
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

function writeSenderReport(message: SenderReport): Uint8Array {
  const view = openReport(SENDER_REPORT_TYPE, SENDER_REPORT_BYTES, 0, message.ssrc);
  view.setUint32(8, message.ntpTime.seconds);
  view.setUint32(12, message.ntpTime.fraction);
  view.setUint32(16, message.rtpTimestamp);
  view.setUint32(20, message.packetCount % 0x1_0000_0000);
  view.setUint32(24, message.octetCount % 0x1_0000_0000);
  return new Uint8Array(view.buffer);
}

/** Whether its blocks fill the packet: then no padding and no extension of a profile follows them. */
export function isPlainReceiverReport(packet: DataView): boolean {
  return packet.byteLength === RECEIVER_REPORT_BYTES + blockCountOf(packet) * BLOCK_BYTES &&
    (packet.getUint8(0) & PADDING_BIT) === 0;
}

/** @param packet that holds as many blocks as it counts. */
export function readReceiverReport(packet: DataView): ReceiverReport {
  const reports: ReceptionReport[] = [];
  for (let block = 0; block < blockCountOf(packet); block++) {
    reports.push(readReceptionReport(packet, RECEIVER_REPORT_BYTES + block * BLOCK_BYTES));
  }
  return { type: "receiverReport", ssrc: packet.getUint32(4), reports };
}

function blockCountOf(packet: DataView): number {
  return packet.getUint8(0) & MAX_REPORT_BLOCKS;
}

function writeReceiverReport({ ssrc, reports }: ReceiverReport): Uint8Array {
  const count = reports.length;
  if (count > MAX_REPORT_BLOCKS) {
    throw new RangeError(`${count} blocks do not fit one receiver report`);
  }
  const bytes = RECEIVER_REPORT_BYTES + count * BLOCK_BYTES;
  const view = openReport(RECEIVER_REPORT_TYPE, bytes, count, ssrc);
  for (const [index, report] of reports.entries()) {
    writeReceptionReport(view, RECEIVER_REPORT_BYTES + index * BLOCK_BYTES, report);
  }
  return new Uint8Array(view.buffer);
}

function openReport(
  packetType: number,
  bytes: number,
  count: number,
  ssrc: number,
): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(bytes));
  view.setUint8(0, VERSION | count);
  view.setUint8(1, packetType);
  view.setUint16(2, lengthFieldOf(bytes));
  view.setUint32(4, ssrc);
  return view;
}

function readReceptionReport(view: DataView, at: number): ReceptionReport {
  return {
    ssrc: view.getUint32(at),
    fractionLost: view.getUint8(at + 4),
    cumulativeLost: readSigned24(view, at + CUMULATIVE_LOST_OFFSET),
    highestSequence: view.getUint32(at + 8),
    jitter: view.getUint32(at + 12),
    lastSenderReport: view.getUint32(at + 16),
    delaySinceLastSenderReport: view.getUint32(at + 20),
  };
}

function writeReceptionReport(view: DataView, at: number, report: ReceptionReport): void {
  view.setUint32(at, report.ssrc);
  view.setUint8(at + 4, report.fractionLost);
  writeSigned24(view, at + CUMULATIVE_LOST_OFFSET, report.cumulativeLost);
  view.setUint32(at + 8, report.highestSequence);
  view.setUint32(at + 12, report.jitter);
  view.setUint32(at + 16, report.lastSenderReport);
  view.setUint32(at + 20, report.delaySinceLastSenderReport);
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
