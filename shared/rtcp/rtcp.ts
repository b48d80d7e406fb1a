/**
 * shared/rtcp: the control messages between host and listener (RFC 3550 section 6). A datagram comes in and
 * a list of messages goes out, or the other way round. {@linkcode FORMATS} is the table of all types of
 * message: to add one, write its format (reports.ts is the next file to read) and add it here. The
 * union of messages, parser and serializer follow from the table. What the messages look like on the
 * wire is in shared/README.md. NTP times (ntp.ts) and the round trip measured with them (round_trip.ts)
 * are here too.
 */
import { packets } from "rtp.js";
import { concat } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import {
  epochKey,
  epochReceived,
  packetReceipt,
  pathChallenge,
  pathResponse,
  putOut,
  reportPace,
} from "./app_messages.ts";
import {
  EXTENDED_REPORT_TYPE,
  postRepairLoss,
  readLoneReferenceTime,
  referenceTime,
  referenceTimeEcho,
} from "./extended_reports.ts";
import { laneAck, laneData } from "./lane_messages.ts";
import {
  APP_FIRST_BYTE,
  APP_PACKET_TYPE,
  appPartOf,
  type MessageFormat,
  partsOf,
} from "./message_format.ts";
import { nack } from "./nack.ts";
import { pastFragment, pastRequest } from "./past_messages.ts";
import { pictureLossIndication } from "./picture_loss.ts";
import {
  isPlainReceiverReport,
  readReceiverReport,
  RECEIVER_REPORT_TYPE,
  receiverReport,
  senderReport,
} from "./reports.ts";
import { goodbye, sourceDescription } from "./sources.ts";

export type {
  ReferenceTime,
  ReferenceTimeEcho,
  ReferenceTimeEchoReport,
} from "./extended_reports.ts";
export type { ReceiverReport, ReceptionReport, SenderReport } from "./reports.ts";
export { MAX_REPORT_BLOCKS } from "./reports.ts";
export type { Goodbye, SourceDescription } from "./sources.ts";

/** One format for each type of message. */
const FORMATS = [
  senderReport,
  receiverReport,
  sourceDescription,
  goodbye,
  referenceTime,
  referenceTimeEcho,
  postRepairLoss,
  nack,
  pictureLossIndication,
  packetReceipt,
  epochKey,
  epochReceived,
  putOut,
  pathChallenge,
  pathResponse,
  reportPace,
  laneData,
  laneAck,
  pastRequest,
  pastFragment,
] as const;

type MessageOf<Format> = Format extends MessageFormat<infer Message> ? Message : never;
export type RtcpMessage = MessageOf<typeof FORMATS[number]>;

/** Any row: each only ever writes messages of its own type. */
const formats: readonly MessageFormat<RtcpMessage>[] = FORMATS;
const formatsByType = new Map(formats.map((format) => [format.type, format]));
const formatsByName = new Map(
  FORMATS.flatMap((format) => "name" in format ? [[format.name, format] as const] : []),
);

/** Reads a compound or reduced-size RTCP datagram (RFC 5506); types not in the table are skipped. */
export function parseRtcp(datagram: Uint8Array): Parsed<RtcpMessage[]> {
  const { buffer, byteOffset, byteLength } = datagram;
  const messages: RtcpMessage[] = [];
  let at = 0;
  try {
    do {
      const rest = new DataView(buffer, byteOffset + at, byteLength - at);
      if (!packets.isRtcp(rest)) return junk("malformedRtcp");
      const length = 4 * (rest.getUint16(2) + 1);
      const packet = new DataView(buffer, byteOffset + at, length);
      messages.push(...readPacket(packet));
      at += length;
    } while (at < byteLength);
    return at === byteLength ? parsed(messages) : junk("malformedRtcp");
  } catch {
    return junk("malformedRtcp");
  }
}

/**
 * What a listener sends again and again is read here, since thousands of them report to a host; all else by the
 * library, which also judges what is padded.
 */
function readPacket(packet: DataView): readonly RtcpMessage[] {
  switch (packet.getUint8(1)) {
    case RECEIVER_REPORT_TYPE:
      if (isPlainReceiverReport(packet)) return [readReceiverReport(packet)];
      break;
    case EXTENDED_REPORT_TYPE: {
      const time = readLoneReferenceTime(packet);
      if (time) return [time];
      break;
    }
    case APP_PACKET_TYPE:
      if (packet.getUint8(0) === APP_FIRST_BYTE) return readApp(packet);
  }
  const parts = new packets.CompoundPacket(packet).getPackets().flatMap(partsOf);
  return parts.flatMap((part) => formats.flatMap((format) => format.read(part)));
}

function readApp(packet: DataView): readonly RtcpMessage[] {
  const part = appPartOf(packet);
  const message = part && formatsByName.get(part.name)?.readData(part.data, part.ssrc);
  return message ? [message] : [];
}

/** Writes one datagram of one or more messages (RFC 3550 section 6.1 requires a report first). */
export function serializeRtcp(messages: readonly RtcpMessage[]): Uint8Array {
  const written = messages.map((message) => formatsByType.get(message.type)!.write(message));
  return written.length === 1 ? written[0]! : concat(...written);
}

/**
 * Writes messages into as few datagrams as they need, in order (reduced size allowed: RFC 5506). A message that is
 * longer than that stands alone.
 */
export function serializeInParts(
  messages: readonly RtcpMessage[],
  maxBytes: number,
): Uint8Array[] {
  const parts: Uint8Array[][] = [];
  let length = Infinity;
  for (const message of messages) {
    const packet = serializeRtcp([message]);
    if (length + packet.length > maxBytes) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)!.push(packet);
    length += packet.length;
  }
  return parts.map((packets) => concat(...packets));
}
