import { canonicalH264 } from "./h264.ts";
import type { ReceivedH264 } from "./rtp_h264.ts";
import type { ReceivedVp8 } from "./rtp_vp8.ts";

/** One whole frame of the screen, as a listener has it; `ticks` are 90 kHz since the start of the broadcast. */
export type ScreenFrame =
  | { readonly codec: "h264" } & ReceivedH264
  | { readonly codec: "vp8" } & ReceivedVp8;

/** The bytes by which frames of a source, of listeners and of recordings are compared. */
export function canonicalBytes(frame: ScreenFrame): Uint8Array {
  return frame.codec === "h264" ? canonicalH264(frame.nalUnits) : frame.bytes;
}
