import { packets } from "rtp.js";
import { packetFormat } from "./message_format.ts";

/** Names a participant for good (SDES, RFC 3550 section 6.5). */
export interface SourceDescription {
  readonly type: "sourceDescription";
  readonly ssrc: number;
  readonly cname: string;
}

/** Ends streams (BYE, RFC 3550 section 6.6). */
export interface Goodbye {
  readonly type: "goodbye";
  readonly ssrcs: readonly number[];
  readonly reason?: string;
}

/** The lengths of a BYE's reason and of a CNAME have one byte. */
const MAX_TEXT_BYTES = 255;

export const sourceDescription = packetFormat<SourceDescription, packets.SdesPacket>(
  "sourceDescription",
  packets.SdesPacket,
  readSourceDescription,
  writeSourceDescription,
);

export const goodbye = packetFormat<Goodbye, packets.ByePacket>(
  "goodbye",
  packets.ByePacket,
  (packet) => [readGoodbye(packet)],
  writeGoodbye,
);

function readSourceDescription(packet: packets.SdesPacket): SourceDescription[] {
  return packet.getChunks().flatMap(readChunk);
}

function writeSourceDescription(message: SourceDescription): packets.SdesPacket {
  const chunk = new packets.SdesChunk();
  chunk.setSsrc(message.ssrc);
  chunk.addItem(1, shortenText(message.cname));
  const packet = new packets.SdesPacket();
  packet.addChunk(chunk);
  return packet;
}

function readGoodbye(packet: packets.ByePacket): Goodbye {
  const reason = packet.getReason();
  return { type: "goodbye", ssrcs: packet.getSsrcs(), ...(reason ? { reason } : {}) };
}

function writeGoodbye(message: Goodbye): packets.ByePacket {
  const packet = new packets.ByePacket();
  packet.setSsrcs([...message.ssrcs]);
  if (message.reason !== undefined) packet.setReason(shortenText(message.reason));
  return packet;
}

function readChunk(chunk: packets.SdesChunk): SourceDescription[] {
  // 1 is CNAME (RFC 3550 section 6.5.1), the one item that every chunk must have.
  const item = chunk.getItems().find(({ type }) => (type as number) === 1);
  return item ? [{ type: "sourceDescription", ssrc: chunk.getSsrc(), cname: item.text }] : [];
}

/** Cuts between characters, to {@linkcode MAX_TEXT_BYTES} at most. */
function shortenText(text: string): string {
  const bytes = new Uint8Array(MAX_TEXT_BYTES);
  return text.slice(0, new TextEncoder().encodeInto(text, bytes).read);
}
