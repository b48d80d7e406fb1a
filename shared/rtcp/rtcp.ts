import { packets } from "rtp.js";
import { concat } from "../core/bytes.ts";
import { APP_PACKET_TYPE, readAppPacket, writeAppPacket } from "./app_packet.ts";
import { packPutOut, type PutOut, unpackPutOut } from "./put_out.ts";
import {
  type EpochKey,
  type EpochReceived,
  packEpochMessage,
  unpackEpochMessage,
} from "./epoch_key.ts";
import { type Nack, readNack, writeNack } from "./nack.ts";
import { type PacketReceipt, packPacketReceipt, unpackPacketReceipt } from "./packet_receipt.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import {
  packPathMessage,
  type PathChallenge,
  type PathResponse,
  unpackPathMessage,
} from "./path_check.ts";
import { packReportPace, type ReportPace, unpackReportPace } from "./report_pace.ts";
import { type ExtendedMessage, readExtended, writeExtended } from "./rtcp_extended.ts";
import {
  readReceiverReport,
  readSenderReport,
  type ReceiverReport,
  type SenderReport,
  writeReceiverReport,
  writeSenderReport,
} from "./rtcp_reports.ts";
import {
  type Goodbye,
  readGoodbye,
  readSourceDescription,
  type SourceDescription,
  writeGoodbye,
  writeSourceDescription,
} from "./rtcp_sources.ts";

export type { ReferenceTime, ReferenceTimeEcho, ReferenceTimeEchoReport } from "./rtcp_extended.ts";
export type { ReceiverReport, ReceptionReport, SenderReport } from "./rtcp_reports.ts";
export { MAX_REPORT_BLOCKS } from "./rtcp_reports.ts";
export type { Goodbye, SourceDescription } from "./rtcp_sources.ts";

/** Messages that have a packet type of RTCP to themselves (RFC 3550 section 6, RFC 3611). */
type OwnTyped = SenderReport | ReceiverReport | SourceDescription | Goodbye | ExtendedMessage;

export type RtcpMessage =
  | OwnTyped
  | Nack
  | PacketReceipt
  | EpochKey
  | EpochReceived
  | PutOut
  | PathChallenge
  | PathResponse
  | ReportPace;

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
  if (packet instanceof packets.ReceiverReportPacket) return [readReceiverReport(packet)];
  if (packet instanceof packets.SdesPacket) return readSourceDescription(packet);
  if (packet instanceof packets.ByePacket) return [readGoodbye(packet)];
  if (packet instanceof packets.XrPacket) return readExtended(packet);
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
    (unpackPacketReceipt(packet) ?? unpackEpochMessage(packet) ?? unpackPutOut(packet) ??
      unpackPathMessage(packet) ?? unpackReportPace(packet));
  return message ? [message] : [];
}

function writeMessage(message: RtcpMessage): Uint8Array {
  switch (message.type) {
    case "nack":
      return writeNack(message);
    case "packetReceipt":
      return writeAppPacket(packPacketReceipt(message));
    case "epochKey":
    case "epochReceived":
      return writeAppPacket(packEpochMessage(message));
    case "putOut":
      return writeAppPacket(packPutOut(message));
    case "pathChallenge":
    case "pathResponse":
      return writeAppPacket(packPathMessage(message));
    case "reportPace":
      return writeAppPacket(packReportPace(message));
    default:
      return bytesOf(writePacket(message));
  }
}

function bytesOf(packet: packets.RtcpPacket): Uint8Array {
  const { buffer, byteOffset, byteLength } = packet.getView();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writePacket(message: OwnTyped): packets.RtcpPacket {
  switch (message.type) {
    case "senderReport":
      return writeSenderReport(message);
    case "receiverReport":
      return writeReceiverReport(message);
    case "sourceDescription":
      return writeSourceDescription(message);
    case "goodbye":
      return writeGoodbye(message);
    default:
      return writeExtended(message);
  }
}
