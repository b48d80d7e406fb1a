import { packets } from "rtp.js";
import { concat, viewOf } from "../core/bytes.ts";

/** How one type of message is read and written: a row of the table in rtcp.ts. */
export interface MessageFormat<Message extends { readonly type: string }> {
  readonly type: Message["type"];
  /** @returns the messages of this type in `part`; none when `part` is something else. */
  read(part: RtcpPart): readonly Message[];
  /** @returns a whole RTCP packet. */
  write(message: Message): Uint8Array;
}

/** What a message is read from: a packet of its own, an APP packet, or a block of an extended report. */
export type RtcpPart =
  | { readonly kind: "packet"; readonly packet: packets.RtcpPacket }
  | AppPart
  | { readonly kind: "block"; readonly ssrc: number; readonly block: packets.ExtendedReport };

/** An APP packet (RFC 3550 section 6.7). */
interface AppPart {
  readonly kind: "app";
  readonly ssrc: number;
  /** Four ASCII characters. */
  readonly name: string;
  /** Whole words of 32 bits. */
  readonly data: Uint8Array;
}

const APP_PACKET_TYPE = 204;
/** Version 2, subtype 0. */
const APP_FIRST_BYTE = 0x80;
const APP_NAME_OFFSET = 8;
const APP_HEADER_BYTES = 12;

/** The parts of one packet; an extended report has one for each block, in their order. */
export function partsOf(packet: packets.RtcpPacket): RtcpPart[] {
  if (packet instanceof packets.XrPacket) {
    const ssrc = packet.getSsrc();
    return packet.getReports().map((block) => ({ kind: "block", ssrc, block }));
  }
  const isApp = (packet.getPacketType() as number) === APP_PACKET_TYPE;
  return isApp ? appPartOf(bytesOf(packet)) : [{ kind: "packet", packet }];
}

/** A message in an RTCP packet type of its own (RFC 3550 section 6). */
export function packetFormat<
  Message extends { readonly type: string },
  Packet extends packets.RtcpPacket,
>(
  type: Message["type"],
  PacketType: new () => Packet,
  read: (packet: Packet) => readonly Message[],
  write: (message: Message) => Packet,
): MessageFormat<Message> {
  return {
    type,
    read: (part) =>
      part.kind === "packet" && part.packet instanceof PacketType ? read(part.packet) : [],
    write: (message) => bytesOf(write(message)),
  };
}

/** A message in an extended report's block (RFC 3611 section 3); each is sent in a packet alone. */
export function blockFormat<
  Message extends { readonly type: string; readonly ssrc: number },
  Block extends packets.ExtendedReport,
>(
  type: Message["type"],
  BlockType: new () => Block,
  /** Gets the SSRC of the packet's sender. Returns undefined for a block that is not this message. */
  read: (block: Block, ssrc: number) => Message | undefined,
  write: (message: Message) => Block,
): MessageFormat<Message> {
  return {
    type,
    read(part) {
      if (part.kind !== "block" || !(part.block instanceof BlockType)) return [];
      const message = read(part.block, part.ssrc);
      return message ? [message] : [];
    },
    write(message) {
      const packet = new packets.XrPacket();
      packet.setSsrc(message.ssrc);
      packet.addReport(write(message));
      return bytesOf(packet);
    },
  };
}

/** A message of Streamer's own, in an APP packet named `name`. */
export function appFormat<Message extends { readonly type: string; readonly ssrc: number }>(
  type: Message["type"],
  name: string,
  /** Gets the SSRC of the packet's sender. Returns undefined when `data` is not such a message. */
  read: (data: Uint8Array, ssrc: number) => Message | undefined,
  write: (message: Message) => Uint8Array,
): MessageFormat<Message> {
  return {
    type,
    read(part) {
      const message = part.kind === "app" && part.name === name && read(part.data, part.ssrc);
      return message ? [message] : [];
    },
    write: (message) => writeAppPacket(message.ssrc, name, write(message)),
  };
}

/** @returns no part for a packet that is cut short. */
function appPartOf(packet: Uint8Array): AppPart[] {
  if (packet.length < APP_HEADER_BYTES) return [];
  const name = String.fromCharCode(...packet.subarray(APP_NAME_OFFSET, APP_HEADER_BYTES));
  return [{
    kind: "app",
    ssrc: viewOf(packet).getUint32(4),
    name,
    data: packet.slice(APP_HEADER_BYTES),
  }];
}

function writeAppPacket(ssrc: number, name: string, data: Uint8Array): Uint8Array {
  const header = new Uint8Array(APP_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint8(0, APP_FIRST_BYTE);
  view.setUint8(1, APP_PACKET_TYPE);
  // The length is in words of 32 bits, minus one (RFC 3550 section 6.4.1).
  view.setUint16(2, (APP_HEADER_BYTES + data.length) / 4 - 1);
  view.setUint32(4, ssrc);
  for (let index = 0; index < name.length; index++) {
    view.setUint8(APP_NAME_OFFSET + index, name.charCodeAt(index));
  }
  return concat(header, data);
}

function bytesOf(packet: packets.RtcpPacket): Uint8Array {
  const { buffer, byteOffset, byteLength } = packet.getView();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
