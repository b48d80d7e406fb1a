import type { Parsed } from "../core/parsed.ts";
import type { EncodedFrame } from "./channel.ts";

/**
 * The largest payload. With the RTP header (12), the original number of a retransmission (2) or a
 * parity header, and what makes it secret (16 + 1), a datagram stays within MAX_DATAGRAM_BYTES.
 */
export const MAX_PAYLOAD_BYTES = 1140;

/** What goes into one RTP packet. */
export interface RtpPayload {
  /** At most {@linkcode MAX_PAYLOAD_BYTES}. */
  readonly payload: Uint8Array;
  /** Index, in the frames that were packed, of the one whose time is the packet's timestamp. */
  readonly firstFrame: number;
}

/** Turns RTP payloads, given in order, back into frames. */
export interface Depacketizer {
  /**
   * @param gapBefore whether packets right before this one are missing; a frame begun before the gap
   * is dropped.
   * @returns the frames this payload completes, perhaps none. Never throws; nonsense is
   * "malformedPayload".
   */
  push(payload: Uint8Array, gapBefore: boolean): Parsed<EncodedFrame[]>;
}
