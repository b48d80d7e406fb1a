import type { Parsed } from "../core/parsed.ts";
import type { EncodedFrame } from "./channel.ts";

/**
 * The largest payload, in bytes. With the RTP header (12), the original sequence number of a
 * retransmission (2) or a parity header, and SRTP (16 + 1), a datagram fits MAX_DATAGRAM_BYTES.
 */
export const MAX_PAYLOAD_BYTES = 1140;

/** The payload of one RTP packet. */
export interface RtpPayload {
  /** At most {@linkcode MAX_PAYLOAD_BYTES}. */
  readonly payload: Uint8Array;
  /** The index, in the packed frames, of the frame whose time is the packet's timestamp. */
  readonly firstFrame: number;
}

/** Turns RTP payloads, given in order, into frames. */
export interface Depacketizer {
  /**
   * @param gapBefore whether packets directly before this one are missing; a frame begun before the gap
   * is dropped.
   * @returns the frames that this payload completes, perhaps none; "malformedPayload" when it can't be
   * read. Never throws.
   */
  push(payload: Uint8Array, gapBefore: boolean): Parsed<EncodedFrame[]>;
}
