/**
 * shared/rtp: the packets that carry media, and the two ways to repair lost ones.
 *
 * The host writes packets ({@linkcode serializeRtp}) and the listener reads them ({@linkcode parseRtp}).
 * demux.ts tells RTP, RTCP and admission datagrams apart by their first bytes, frame_number.ts is the
 * header extension of screen packets. rtx.ts wraps a packet
 * for retransmission (RFC 4588) and fec.ts makes parity and recovers packets with it (RFC 8627).
 * Encryption comes after writing and before reading: shared/secrecy/srtp.ts. What a payload contains is
 * in shared/media. The next file to read is demux.ts.
 */
import { packets } from "rtp.js";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { readFrameNumber, writeFrameNumber } from "./frame_number.ts";

/** An RTP packet (RFC 3550 section 5.1); sequence number and timestamp are still wrapped. */
export interface RtpPacket {
  /** 7 bits. */
  readonly payloadType: number;
  /** 16 bits, wrapped. */
  readonly sequenceNumber: number;
  /** 32 bits, wrapped. */
  readonly timestamp: number;
  /** 32 bits. */
  readonly ssrc: number;
  readonly marker: boolean;
  /** Contributing sources; a parity packet names the protected stream here (RFC 8627 section 4.2.1). */
  readonly csrcs?: readonly number[];
  /** 32 bits, wrapped; in packets of a screen (RFC 8285 section 4.2, id 1). */
  readonly frameNumber?: number;
  readonly payload: Uint8Array;
}

/** The numbers by which a stream's packets are told apart. */
export interface RtpStream {
  readonly ssrc: number;
  readonly payloadType: number;
}

/**
 * Reads one RTP packet; the payload is a view of `datagram`, not a copy. Header extensions other than
 * the frame's number are skipped; one-byte or two-byte elements that leave their extension are junk.
 */
export function parseRtp(datagram: Uint8Array): Parsed<RtpPacket> {
  try {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    if (!packets.isRtp(view)) return junk("malformedRtp");
    const packet = new packets.RtpPacket(view);
    // The padding count includes itself (RFC 3550 section 5.1); rtp.js 0.15.5 does not check that.
    const isPadded = (view.getUint8(0) & 0x20) !== 0;
    if (isPadded && packet.getPadding() === 0) return junk("malformedRtp");
    const payload = packet.getPayload();
    const csrcs = packet.getCsrcs();
    const frameNumber = readFrameNumber(packet);
    return parsed({
      payloadType: packet.getPayloadType(),
      sequenceNumber: packet.getSequenceNumber(),
      timestamp: packet.getTimestamp(),
      ssrc: packet.getSsrc(),
      marker: packet.getMarker(),
      ...(csrcs.length > 0 ? { csrcs } : {}),
      ...(frameNumber !== undefined ? { frameNumber } : {}),
      payload: new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength),
    });
  } catch {
    return junk("malformedRtp");
  }
}

/** Writes one RTP packet without padding, and without an extension unless it has a frame's number. */
export function serializeRtp(fields: RtpPacket): Uint8Array {
  const packet = new packets.RtpPacket();
  packet.setPayloadType(fields.payloadType);
  packet.setSequenceNumber(fields.sequenceNumber);
  packet.setTimestamp(fields.timestamp);
  packet.setSsrc(fields.ssrc);
  packet.setMarker(fields.marker);
  if (fields.csrcs) packet.setCsrcs([...fields.csrcs]);
  if (fields.frameNumber !== undefined) writeFrameNumber(packet, fields.frameNumber);
  const { buffer, byteOffset, byteLength } = fields.payload;
  packet.setPayload(new DataView(buffer, byteOffset, byteLength));
  const view = packet.getView();
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
