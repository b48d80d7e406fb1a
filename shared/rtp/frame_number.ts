import type { packets } from "rtp.js";

/**
 * The number of the frame that a packet belongs to, as a one-byte header extension (RFC 8285 section
 * 4.2). SRTP leaves header extensions in clear and authenticates them (RFC 3711 section 3.1).
 */
const FRAME_NUMBER_ID = 1;
const VALUE_BYTES = 4;
/** Bytes in a packet: profile and length (4), the element's id and length (1), number (4), padding (3). */
export const FRAME_NUMBER_BYTES = 12;

/** @returns 32 bits, wrapped; undefined without such an element, or when it has another length. */
export function readFrameNumber(packet: packets.RtpPacket): number | undefined {
  if (!packet.hasOneByteExtensions()) return undefined;
  const value = packet.getExtension(FRAME_NUMBER_ID);
  return value?.byteLength === VALUE_BYTES ? value.getUint32(0) : undefined;
}

/** @param frameNumber 32 bits, wrapped. */
export function writeFrameNumber(packet: packets.RtpPacket, frameNumber: number): void {
  const value = new DataView(new ArrayBuffer(VALUE_BYTES));
  value.setUint32(0, frameNumber);
  packet.enableOneByteExtensions();
  packet.setExtension(FRAME_NUMBER_ID, value);
}
