import {
  openScreenSource,
  type ScreenSource,
  type ScreenSourceOptions,
} from "../../../../../server/origin/screen/io/screen_source.ts";
import type { EncodedPicture } from "../../../../../server/origin/screen/picture.ts";
import type { EncodedFrame } from "../../../../../shared/media/channel.ts";
import { canonicalH264 } from "../../../../../shared/media/video/h264.ts";
import { systemClock } from "../../../../../shared/system/system_clock.ts";
import { run } from "../../../../e2e/fixtures.ts";
import { requireTool } from "../../../../tools.ts";

export const RATE = 25;
export const STEP = 90_000 / RATE;

export async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run(requireTool("ffmpeg"), ["-nostdin", "-v", "error", "-y", ...args]);
}

/** Inputs of ffmpeg: moving pictures, and a tone beside them. */
export function pictures(seconds: number, size = "320x180"): string[] {
  return ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${RATE}:duration=${seconds}`];
}

export function tone(seconds: number): string[] {
  return ["-f", "lavfi", "-i", `sine=duration=${seconds}:sample_rate=48000`, "-ac", "2"];
}

export const H264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25", "-bf", "2"];
export const VP8 = ["-c:v", "libvpx", "-b:v", "500k", "-g", "25", "-deadline", "realtime"];
export const MP3 = ["-c:a", "libmp3lame"];
export const OPUS = ["-c:a", "libopus"];
export const FRAGMENTED = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"];

/** A screen opened for a test, and what it has told. */
export interface OpenedScreen {
  readonly source: ScreenSource;
  readonly notices: readonly string[];
  readonly stop: AbortController;
}

export async function open(
  location: string,
  options: Partial<ScreenSourceOptions> = {},
): Promise<OpenedScreen> {
  const stop = new AbortController();
  const notices: string[] = [];
  const source = await openScreenSource(location, {
    loop: false,
    signal: stop.signal,
    clock: systemClock,
    wantsSound: true,
    ...options,
  });
  source.onNotice = (text) => notices.push(text);
  return { source, notices, stop };
}

/** What a source gives; a part of it when `limit` is given. */
export interface Received {
  readonly pictures: readonly EncodedPicture[];
  readonly frames: readonly EncodedFrame[];
  readonly notices: readonly string[];
  readonly source: ScreenSource;
}

/** How far the sound and the pictures of a broadcast are read apart from each other. */
const MAX_APART_MILLIS = 2000;

/** Reads pictures and sound side by side, as a broadcast does, up to a number of pictures. */
export async function receive({ source, notices, stop }: OpenedScreen, limit = Infinity) {
  const received: EncodedPicture[] = [];
  const frames: EncodedFrame[] = [];
  let [shown, heard] = [0, 0];
  let areOver = false;
  let progress = Promise.withResolvers<void>();
  const tell = () => {
    progress.resolve();
    progress = Promise.withResolvers();
  };
  const hear = async () => {
    for await (const frame of source.sound?.frames() ?? []) {
      frames.push(frame);
      heard += frame.sampleCount * 1000 / frame.sampleRate;
      tell();
      while (heard > shown + MAX_APART_MILLIS && !areOver) await progress.promise;
      if (stop.signal.aborted) break;
    }
  };
  const hearing = hear();
  for await (const picture of source.pictures()) {
    received.push(picture);
    shown = Math.max(shown, picture.ticks / 90);
    tell();
    if (received.length >= limit) break;
    // A turn of the loop for the sound.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  areOver = true;
  if (Number.isFinite(limit)) stop.abort();
  tell();
  await hearing;
  return { pictures: received, frames, notices, source } satisfies Received;
}

/** The bytes by which the frames of a source and of listeners are compared. */
export function bytesOf(picture: EncodedPicture): Uint8Array {
  return "nalUnits" in picture ? canonicalH264(picture.nalUnits) : picture.bytes;
}

export function millisOf(frames: readonly EncodedFrame[]): number {
  return frames.reduce((sum, frame) => sum + frame.sampleCount * 1000 / frame.sampleRate, 0);
}
