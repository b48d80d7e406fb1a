import { viewOf } from "../core/bytes.ts";

/** An APP packet of RTCP (RFC 3550 section 6.7), for what no other kind says. */
export interface AppPacket {
  readonly ssrc: number;
  /** Four characters of ASCII. */
  readonly name: string;
  /** Whole words of 32 bits. */
  readonly data: Uint8Array;
}

export const APP_PACKET_TYPE = 204;
/** Version 2, subtype 0. */
const FIRST_BYTE = 0x80;
const NAME_OFFSET = 8;
const HEADER_BYTES = 12;

export function writeAppPacket({ ssrc, name, data }: AppPacket): Uint8Array {
  const packet = new Uint8Array(HEADER_BYTES + data.length);
  const view = viewOf(packet);
  view.setUint8(0, FIRST_BYTE);
  view.setUint8(1, APP_PACKET_TYPE);
  // Counted in words of 32 bits, less one (RFC 3550 section 6.4.1).
  view.setUint16(2, packet.length / 4 - 1);
  view.setUint32(4, ssrc);
  new TextEncoder().encodeInto(name, packet.subarray(NAME_OFFSET));
  packet.set(data, HEADER_BYTES);
  return packet;
}

/** @returns undefined for one that is cut short. */
export function readAppPacket(packet: Uint8Array): AppPacket | undefined {
  if (packet.length < HEADER_BYTES) return undefined;
  const name = new TextDecoder("latin1").decode(packet.subarray(NAME_OFFSET, HEADER_BYTES));
  return { ssrc: viewOf(packet).getUint32(4), name, data: packet.slice(HEADER_BYTES) };
}
