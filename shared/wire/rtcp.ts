import { packets } from "rtp.js";
import { type Nack, readNack, writeNack } from "./nack.ts";
import { concat } from "../core/bytes.ts";
import { APP_PACKET_TYPE, readAppPacket, writeAppPacket } from "./app_packet.ts";
import { type Dismissal, packDismissal, unpackDismissal } from "./dismissal.ts";
import {
  type EpochKey,
  type EpochReceived,
  packEpochMessage,
  unpackEpochMessage,
} from "./epoch_key.ts";
import type { NtpTime } from "./ntp.ts";
import {
  packPathMessage,
  type PathChallenge,
  type PathResponse,
  unpackPathMessage,
} from "./path_check.ts";
import { junk, type Parsed, parsed } from "./parsed.ts";
import {
  POST_REPAIR_BLOCK_TYPE,
  type PostRepairLoss,
  readPostRepairLoss,
  writePostRepairLoss,
} from "./post_repair.ts";

/** One block of a report about one stream (RFC 3550 section 6.4.1). */
export interface ReceptionReport {
  readonly ssrc: number;
  /** Of the packets expected since the last report, in 1/256. */
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

export interface SourceDescription {
  readonly type: "sourceDescription";
  readonly ssrc: number;
  readonly cname: string;
}

export interface Goodbye {
  readonly type: "goodbye";
  readonly ssrcs: readonly number[];
  readonly reason?: string;
}

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

export type RtcpMessage =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | ReferenceTime
  | ReferenceTimeEcho
  | PostRepairLoss
  | Nack
  | EpochKey
  | EpochReceived
  | Dismissal
  | PathChallenge
  | PathResponse;

/** A report's count is 5 bits, so no more blocks fit one (RFC 3550 section 6.4.1). */
export const MAX_REPORT_BLOCKS = 31;
/** Where `cumulativeLost` stands in a report block. */
const CUMULATIVE_LOST_OFFSET = 5;
/** A BYE's reason and a CNAME are counted in one byte. */
const MAX_TEXT_BYTES = 255;

/** Reads a compound or reduced-size RTCP datagram (RFC 5506); kinds not used here are passed over. */
export function parseRtcp(datagram: Uint8Array): Parsed<RtcpMessage[]> {
  try {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    if (!packets.isRtcp(view)) return junk("malformedRtcp");
    const compound = new packets.CompoundPacket(view);
    return parsed(compound.getPackets().flatMap(readMessage));
  } catch {
    return junk("malformedRtcp");
  }
}

/** Writes one datagram of one or more messages (RFC 3550 section 6.1 wants a report first). */
export function serializeRtcp(messages: readonly RtcpMessage[]): Uint8Array {
  return concat(...messages.map(writeMessage));
}

function readMessage(packet: packets.RtcpPacket): RtcpMessage[] {
  if (packet instanceof packets.SenderReportPacket) return [readSenderReport(packet)];
  if (packet instanceof packets.ReceiverReportPacket) {
    const reports = packet.getReports().map(readReceptionReport);
    return [{ type: "receiverReport", ssrc: packet.getSsrc(), reports }];
  }
  if (packet instanceof packets.SdesPacket) return packet.getChunks().flatMap(readChunk);
  if (packet instanceof packets.ByePacket) {
    const reason = packet.getReason();
    return [{ type: "goodbye", ssrcs: packet.getSsrcs(), ...(reason ? { reason } : {}) }];
  }
  if (packet instanceof packets.XrPacket) {
    return packet.getReports().flatMap((block) => readExtendedReport(packet.getSsrc(), block));
  }
  // Our own reading: rtp.js 0.15.5 sorts the numbers as text and breaks at the wrap.
  if (packet instanceof packets.NackPacket) {
    return [readNack(packet.getView(), packet.getPadding())];
  }
  if ((packet.getPacketType() as number) === APP_PACKET_TYPE) return readApp(bytesOf(packet));
  return [];
}

function readApp(bytes: Uint8Array): RtcpMessage[] {
  const packet = readAppPacket(bytes);
  const message = packet &&
    (unpackEpochMessage(packet) ?? unpackDismissal(packet) ?? unpackPathMessage(packet));
  return message ? [message] : [];
}

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

function readExtendedReport(ssrc: number, block: packets.ExtendedReport): RtcpMessage[] {
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
  if (block instanceof packets.GenericExtendedReport) return readOtherReport(ssrc, block);
  return [];
}

function readOtherReport(ssrc: number, block: packets.GenericExtendedReport): RtcpMessage[] {
  if (block.getReportType() as number !== POST_REPAIR_BLOCK_TYPE) return [];
  const loss = readPostRepairLoss(ssrc, block.getBody());
  return loss ? [loss] : [];
}

/** Two's complement, as RFC 3550 appendix A.3 has it; rtp.js 0.15.5 keeps 12 bits and a sign bit. */
function readSigned24(view: DataView, offset: number): number {
  return view.getInt8(offset) * 0x1_0000 + view.getUint16(offset + 1);
}

function writeSigned24(view: DataView, offset: number, value: number): void {
  const clamped = Math.max(-0x80_0000, Math.min(value, 0x7f_ffff));
  view.setInt8(offset, clamped >> 16);
  view.setUint16(offset + 1, clamped & 0xffff);
}

function readChunk(chunk: packets.SdesChunk): RtcpMessage[] {
  // 1 is CNAME (RFC 3550 section 6.5.1), the one item every chunk must carry.
  const item = chunk.getItems().find(({ type }) => (type as number) === 1);
  return item ? [{ type: "sourceDescription", ssrc: chunk.getSsrc(), cname: item.text }] : [];
}

function writeMessage(message: RtcpMessage): Uint8Array {
  switch (message.type) {
    case "nack":
      return writeNack(message);
    case "epochKey":
    case "epochReceived":
      return writeAppPacket(packEpochMessage(message));
    case "dismissal":
      return writeAppPacket(packDismissal(message));
    case "pathChallenge":
    case "pathResponse":
      return writeAppPacket(packPathMessage(message));
    default:
      return bytesOf(writePacket(message));
  }
}

function bytesOf(packet: packets.RtcpPacket): Uint8Array {
  const { buffer, byteOffset, byteLength } = packet.getView();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writePacket(
  message: Exclude<
    RtcpMessage,
    Nack | EpochKey | EpochReceived | Dismissal | PathChallenge | PathResponse
  >,
): packets.RtcpPacket {
  switch (message.type) {
    case "senderReport":
      return writeSenderReport(message);
    case "receiverReport":
      return writeReceiverReport(message);
    case "sourceDescription":
      return writeSourceDescription(message);
    case "goodbye":
      return writeGoodbye(message);
    case "referenceTime":
      return writeReferenceTime(message);
    case "referenceTimeEcho":
      return writeReferenceTimeEcho(message);
    case "postRepairLoss":
      return writePostRepair(message);
  }
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

function writeReceiverReport(message: ReceiverReport): packets.ReceiverReportPacket {
  if (message.reports.length > MAX_REPORT_BLOCKS) {
    throw new RangeError(`${message.reports.length} blocks do not fit one receiver report`);
  }
  const packet = new packets.ReceiverReportPacket();
  packet.setSsrc(message.ssrc);
  for (const fields of message.reports) {
    const report = new packets.ReceptionReport();
    report.setSsrc(fields.ssrc);
    report.setFractionLost(fields.fractionLost);
    writeSigned24(report.getView(), CUMULATIVE_LOST_OFFSET, fields.cumulativeLost);
    report.setHighestSeqNumber(fields.highestSequence);
    report.setJitter(fields.jitter);
    report.setLastSRTimestamp(fields.lastSenderReport);
    report.setDelaySinceLastSR(fields.delaySinceLastSenderReport);
    packet.addReport(report);
  }
  return packet;
}

function writeSourceDescription(message: SourceDescription): packets.SdesPacket {
  const chunk = new packets.SdesChunk();
  chunk.setSsrc(message.ssrc);
  chunk.addItem(1, shortenText(message.cname));
  const packet = new packets.SdesPacket();
  packet.addChunk(chunk);
  return packet;
}

function writeGoodbye(message: Goodbye): packets.ByePacket {
  const packet = new packets.ByePacket();
  packet.setSsrcs([...message.ssrcs]);
  if (message.reason !== undefined) packet.setReason(shortenText(message.reason));
  return packet;
}

function writeReferenceTime(message: ReferenceTime): packets.XrPacket {
  const block = new packets.RrtExtendedReport();
  block.setNtpSeconds(message.ntpTime.seconds);
  block.setNtpFraction(message.ntpTime.fraction);
  return writeExtendedReport(message.ssrc, block);
}

function writeReferenceTimeEcho(message: ReferenceTimeEcho): packets.XrPacket {
  const block = new packets.DlrrExtendedReport();
  for (const report of message.reports) {
    const { ssrc, lastReferenceTime, delaySince } = report;
    block.addSubReport({ ssrc, lrr: lastReferenceTime, dlrr: delaySince });
  }
  return writeExtendedReport(message.ssrc, block);
}

function writePostRepair(message: PostRepairLoss): packets.XrPacket {
  const block = new packets.GenericExtendedReport(undefined, POST_REPAIR_BLOCK_TYPE);
  block.setBody(writePostRepairLoss(message));
  return writeExtendedReport(message.ssrc, block);
}

function writeExtendedReport(ssrc: number, block: packets.ExtendedReport): packets.XrPacket {
  const packet = new packets.XrPacket();
  packet.setSsrc(ssrc);
  packet.addReport(block);
  return packet;
}

/** Cuts between characters, where {@linkcode MAX_TEXT_BYTES} would be passed. */
function shortenText(text: string): string {
  const bytes = new Uint8Array(MAX_TEXT_BYTES);
  return text.slice(0, new TextEncoder().encodeInto(text, bytes).read);
}
