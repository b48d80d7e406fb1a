/*
 * Turns the frames of a screen into the bytes of a file, exactly as they were sent: nothing is encoded again.
 *
 * In: frames in decoding order, from a key frame on, each with its time in the file. Out: bytes to append.
 *
 * `ScreenStreamWriter` (this file) has one implementation for each container: `fragmented_mp4.ts` (with
 * `mp4_boxes.ts`), `matroska.ts`, `annex_b.ts` and `ivf.ts`; `containers.ts` chooses one by a file's name.
 * `screen_format.ts` reads what a file must know of its frames before the first one, `sample_units.ts` says
 * where H.264's parameter sets go, and `recording_times.ts` gives frames their times in the file. Nothing here
 * does I/O: `../io/` writes files. Read next: `containers.ts`.
 */

import type { RtpTicks } from "../../../shared/core/units.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";

/** A frame and when it is shown, in 90 kHz ticks since the first frame of its file. */
export interface RecordedFrame {
  readonly frame: ScreenFrame;
  readonly time: RtpTicks;
}

/** Gives the bytes of a file one after the other. What has been given out can be played at any moment. */
export interface ScreenStreamWriter {
  /** The bytes before the first frame. */
  header(): Uint8Array;
  /** The bytes that can be appended now; a frame may come with a later call. */
  write(frame: RecordedFrame): Uint8Array | Promise<Uint8Array>;
  /** The bytes after the last frame. */
  end(): Uint8Array | Promise<Uint8Array>;
}
