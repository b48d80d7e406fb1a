import { packets } from "rtp.js";

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

/** A BYE's reason and a CNAME are counted in one byte. */
const MAX_TEXT_BYTES = 255;

export function readSourceDescription(packet: packets.SdesPacket): SourceDescription[] {
  return packet.getChunks().flatMap(readChunk);
}

export function writeSourceDescription(message: SourceDescription): packets.SdesPacket {
  const chunk = new packets.SdesChunk();
  chunk.setSsrc(message.ssrc);
  chunk.addItem(1, shortenText(message.cname));
  const packet = new packets.SdesPacket();
  packet.addChunk(chunk);
  return packet;
}

export function readGoodbye(packet: packets.ByePacket): Goodbye {
  const reason = packet.getReason();
  return { type: "goodbye", ssrcs: packet.getSsrcs(), ...(reason ? { reason } : {}) };
}

export function writeGoodbye(message: Goodbye): packets.ByePacket {
  const packet = new packets.ByePacket();
  packet.setSsrcs([...message.ssrcs]);
  if (message.reason !== undefined) packet.setReason(shortenText(message.reason));
  return packet;
}

function readChunk(chunk: packets.SdesChunk): SourceDescription[] {
  // 1 is CNAME (RFC 3550 section 6.5.1), the one item every chunk must carry.
  const item = chunk.getItems().find(({ type }) => (type as number) === 1);
  return item ? [{ type: "sourceDescription", ssrc: chunk.getSsrc(), cname: item.text }] : [];
}

/** Cuts between characters, where {@linkcode MAX_TEXT_BYTES} would be passed. */
function shortenText(text: string): string {
  const bytes = new Uint8Array(MAX_TEXT_BYTES);
  return text.slice(0, new TextEncoder().encodeInto(text, bytes).read);
}
