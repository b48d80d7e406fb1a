/**
 * shared/media/video: frames of the screen, and how they travel in RTP.
 *
 * The host packs whole frames, H.264 access units (rtp_h264.ts, RFC 6184) or VP8 frames (rtp_vp8.ts, RFC
 * 7741), and the listener unpacks them; frame_collector.ts finds out, for both, which frames are whole.
 * h264.ts and vp8.ts read frames as far as the product must: where one begins, whether it is a key frame, its
 * form for hashing. h264_sps.ts reads a picture's size, h264_parameter_sets.ts remembers parameter sets,
 * avc_description.ts is how MP4 has them, bit_reader.ts reads their bits. Nothing is decoded to pictures.
 * This file has what both payload formats share; the next file to read is rtp_h264.ts.
 */
import type { JunkName } from "../../core/parsed.ts";
import type { ExtendedSequence, RtpTicks } from "../../core/units.ts";
import { FRAME_NUMBER_BYTES } from "../../rtp/frame_number.ts";
import { MAX_PAYLOAD_BYTES } from "../rtp_payload.ts";

/** The largest payload of a packet that has its frame's number in a header extension. */
export const MAX_VIDEO_PAYLOAD_BYTES = MAX_PAYLOAD_BYTES - FRAME_NUMBER_BYTES;
/** A frame has at most this many packets, 4.6 MB. A larger one is not sent and not collected. */
export const MAX_FRAME_PACKETS = 4096;

/** The payload of one RTP packet of a frame. */
export interface VideoPayload {
  /** At most {@linkcode MAX_VIDEO_PAYLOAD_BYTES}. */
  readonly payload: Uint8Array;
  /** Whether it is the frame's last (RFC 6184 section 5.1, RFC 7741 section 4.1). */
  readonly marker: boolean;
}

/** What an unpacker needs of an RTP packet; the numbers are unwrapped. */
export interface FramePacket {
  readonly sequence: ExtendedSequence;
  /** Grows by one with each frame, without wrapping. */
  readonly frameNumber: number;
  readonly ticks: RtpTicks;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** What one packet tells of the frames. */
export interface Unpacked<Frame> {
  /** The frame that this packet completes. */
  readonly frame?: Frame;
  /**
   * How many frames are known from this packet on to be lost. Over all packets, the frames given out and
   * the lost ones are all frames since the first packet.
   */
  readonly lost: number;
  /** Why the packet could not be used. */
  readonly junk?: JunkName;
}

/** Puts the marker on the last of a frame's payloads. */
export function markLast(payloads: readonly Uint8Array[]): VideoPayload[] {
  return payloads.map((payload, index) => ({ payload, marker: index === payloads.length - 1 }));
}
