import { packets } from "rtp.js";
import { viewOf } from "../core/bytes.ts";

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
export interface AppPart {
  readonly kind: "app";
  readonly ssrc: number;
  /** Four ASCII characters. */
  readonly name: string;
  /** Whole words of 32 bits, in the memory of the datagram. */
  readonly data: Uint8Array;
}

export const APP_PACKET_TYPE = 204;
/** Version 2, subtype 0. */
export const APP_FIRST_BYTE = 0x80;
const APP_NAME_OFFSET = 8;
const APP_HEADER_BYTES = 12;

/** The parts of one packet; an extended report has one for each block, in their order. */
export function partsOf(packet: packets.RtcpPacket): RtcpPart[] {
  if (packet instanceof packets.XrPacket) {
    const ssrc = packet.getSsrc();
    return packet.getReports().map((block) => ({ kind: "block", ssrc, block }));
  }
  if ((packet.getPacketType() as number) !== APP_PACKET_TYPE) return [{ kind: "packet", packet }];
  return [appPartOf(packet.getView())].filter((part) => part !== undefined);
}

/** A message in an RTCP packet type of its own (RFC 3550 section 6). */
export function packetFormat<
  Message extends { readonly type: string },
  Packet extends packets.RtcpPacket,
>(
  type: Message["type"],
  PacketType: new () => Packet,
  read: (packet: Packet) => readonly Message[],
  write: (message: Message) => Packet | Uint8Array,
): MessageFormat<Message> {
  return {
    type,
    read: (part) =>
      part.kind === "packet" && part.packet instanceof PacketType ? read(part.packet) : [],
    write(message) {
      const written = write(message);
      return written instanceof Uint8Array ? written : bytesOf(written);
    },
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
  /** Returns a block, or the whole packet. */
  write: (message: Message) => Block | Uint8Array,
): MessageFormat<Message> {
  return {
    type,
    read(part) {
      if (part.kind !== "block" || !(part.block instanceof BlockType)) return [];
      const message = read(part.block, part.ssrc);
      return message ? [message] : [];
    },
    write(message) {
      const written = write(message);
      if (written instanceof Uint8Array) return written;
      const packet = new packets.XrPacket();
      packet.setSsrc(message.ssrc);
      packet.addReport(written);
      return bytesOf(packet);
    },
  };
}

/** A message of Streamer's own, in an APP packet. */
export interface AppFormat<Message extends { readonly type: string }>
  extends MessageFormat<Message> {
  /** Four ASCII characters. */
  readonly name: string;
  /** Reads what follows the name, of which it copies what it keeps. */
  readonly readData: (data: Uint8Array, ssrc: number) => Message | undefined;
}

/** A message of Streamer's own, in an APP packet named `name`. */
export function appFormat<Message extends { readonly type: string; readonly ssrc: number }>(
  type: Message["type"],
  name: string,
  /**
   * Gets the SSRC of the packet's sender, and bytes that it must copy if it keeps them. Returns undefined when `data`
   * is not such a message.
   */
  readData: (data: Uint8Array, ssrc: number) => Message | undefined,
  write: (message: Message) => Uint8Array,
): AppFormat<Message> {
  return {
    type,
    name,
    readData,
    read(part) {
      const message = part.kind === "app" && part.name === name && readData(part.data, part.ssrc);
      return message ? [message] : [];
    },
    write: (message) => writeAppPacket(message.ssrc, name, write(message)),
  };
}

/** @returns no part for a packet that is cut short. */
export function appPartOf(packet: DataView): AppPart | undefined {
  if (packet.byteLength < APP_HEADER_BYTES) return undefined;
  const { buffer, byteOffset, byteLength } = packet;
  const start = byteOffset + APP_HEADER_BYTES;
  return {
    kind: "app",
    ssrc: packet.getUint32(4),
    name: String.fromCharCode(
      packet.getUint8(APP_NAME_OFFSET),
      packet.getUint8(APP_NAME_OFFSET + 1),
      packet.getUint8(APP_NAME_OFFSET + 2),
      packet.getUint8(APP_NAME_OFFSET + 3),
    ),
    data: new Uint8Array(buffer, start, byteLength - APP_HEADER_BYTES),
  };
}

function writeAppPacket(ssrc: number, name: string, data: Uint8Array): Uint8Array {
  const packet = new Uint8Array(APP_HEADER_BYTES + data.length);
  const view = viewOf(packet);
  view.setUint8(0, APP_FIRST_BYTE);
  view.setUint8(1, APP_PACKET_TYPE);
  view.setUint16(2, lengthFieldOf(packet.length));
  view.setUint32(4, ssrc);
  for (let index = 0; index < name.length; index++) {
    view.setUint8(APP_NAME_OFFSET + index, name.charCodeAt(index));
  }
  packet.set(data, APP_HEADER_BYTES);
  return packet;
}

/** The length is in words of 32 bits, minus one (RFC 3550 section 6.4.1). @param bytes of the whole packet. */
export function lengthFieldOf(bytes: number): number {
  return bytes / 4 - 1;
}

function bytesOf(packet: packets.RtcpPacket): Uint8Array {
  const { buffer, byteOffset, byteLength } = packet.getView();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
