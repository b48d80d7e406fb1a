/**
 * server/origin/screen: cuts the bytes of a source into encoded pictures.
 *
 * In: chunks of bytes of any size, with damage between and within the pictures. Out: H.264 access units or
 * VP8 frames, bit for bit, in decoding order, each with its time. annex_b_splitter.ts reads a bare H.264
 * stream, ivf_reader.ts VP8 in IVF, mpeg_ts/ H.264 in MPEG-TS. nal_scanner.ts and access_units.ts, which find
 * NAL units and pictures in a byte stream, serve the first and the last; byte_queue.ts holds what has no end
 * yet. Nothing here does I/O or decodes. This file has the pictures; the next file to read is
 * annex_b_splitter.ts.
 */
import type { RtpTicks } from "../../../shared/core/units.ts";
import type { ScreenCodec } from "../../../shared/media/channel.ts";

/** Larger pictures are dropped; a listener collects no larger frame (`MAX_FRAME_PACKETS`). */
export const MAX_PICTURE_BYTES = 4 << 20;
/** A picture of more NAL units is dropped: each takes more memory than its bytes. */
export const MAX_NAL_UNITS = 4096;

interface Picture {
  /** When it is shown, by the source's clock at 90 kHz, unwrapped; only differences count. */
  readonly ticks: RtpTicks;
  readonly isKey: boolean;
  /** Whether pictures directly before this one are missing, which it may refer to. */
  readonly gapBefore: boolean;
}

/** One H.264 access unit. */
export interface H264Picture extends Picture {
  /** Copies, in their order. */
  readonly nalUnits: readonly Uint8Array[];
}

/** One VP8 frame. */
export interface Vp8Picture extends Picture {
  readonly bytes: Uint8Array;
}

export type EncodedPicture = H264Picture | Vp8Picture;

/** What is known of a screen before its first picture. */
export interface ScreenFormat {
  readonly codec: ScreenCodec;
  /** H.264 only: parameter sets that the source has outside its pictures. */
  readonly parameterSets?: readonly Uint8Array[];
  /** Of a picture, in pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** Why parts of a source were dropped. */
export type PictureFault = "oversizedPicture" | "malformedPicture" | "damagedPicture";
