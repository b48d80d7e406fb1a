import { MAX_DATAGRAM_BYTES } from "../core/units.ts";
import type { Parsed } from "../wire/parsed.ts";
import type { EncodedFrame } from "./channel.ts";

/** What a datagram has left after the RTP header of 12 bytes. */
export const MAX_PAYLOAD_BYTES = MAX_DATAGRAM_BYTES - 12;

/** What goes into one RTP packet. */
export interface RtpPayload {
  /** At most {@linkcode MAX_PAYLOAD_BYTES}. */
  readonly payload: Uint8Array;
  /** Always false: no silence is left out, so no talk spurt begins (RFC 3551 section 4.1). */
  readonly marker: boolean;
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
