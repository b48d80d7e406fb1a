import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { parseRtp, type RtpPacket, type RtpStream, serializeRtp } from "./rtp.ts";

/** A retransmission begins with the original sequence number. */
const RTX_HEADER_BYTES = 2;

/**
 * Wraps a packet for retransmission (RFC 4588 section 4): the original sequence number is put before
 * the payload; the timestamp stays.
 *
 * @param original a whole RTP packet in clear.
 * @param stream the stream that carries the retransmissions.
 * @param sequenceNumber of the retransmission in its own stream; 16 bits.
 * @throws TypeError when `original` is not RTP.
 */
export function packRtx(
  original: Uint8Array,
  stream: RtpStream,
  sequenceNumber: number,
): Uint8Array {
  const packet = parseRtp(original);
  if (!packet.ok) throw new TypeError("Only RTP can be sent again");
  const payload = new Uint8Array(RTX_HEADER_BYTES + packet.value.payload.length);
  new DataView(payload.buffer).setUint16(0, packet.value.sequenceNumber);
  payload.set(packet.value.payload, RTX_HEADER_BYTES);
  return serializeRtp({ ...packet.value, ...stream, sequenceNumber, payload });
}

/** The original packet; its payload is a view. */
export function unpackRtx(packet: RtpPacket, original: RtpStream): Parsed<RtpPacket> {
  const { buffer, byteOffset, length } = packet.payload;
  if (length < RTX_HEADER_BYTES) return junk("malformedRtp");
  return parsed({
    ...packet,
    ssrc: original.ssrc,
    payloadType: original.payloadType,
    sequenceNumber: new DataView(buffer, byteOffset).getUint16(0),
    payload: packet.payload.subarray(RTX_HEADER_BYTES),
  });
}
