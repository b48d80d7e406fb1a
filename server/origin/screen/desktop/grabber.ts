/*
 * server/origin/screen/desktop: the screen of this machine itself, without I/O.
 *
 * In: the platform, what the host wants, and how many listeners lose packets. Out: the command that grabs and
 * encodes the desktop, when it is started again after it ended, and the bitrate that the listeners can take.
 *
 * grabber.ts (this file) writes ffmpeg's command line, restarts.ts decides when ffmpeg is started again, bitrate.ts
 * chooses the bitrate. `../io/desktop_source.ts` runs ffmpeg with all of them. Read next: restarts.ts.
 */

import type { ScreenCodec } from "../../../../shared/media/channel.ts";

/** What a screen shared by a host can be sent with nearly everywhere. */
export const DEFAULT_DESKTOP_RATE = 15;
export const DEFAULT_DESKTOP_BITRATE = 1_500_000;

/** A listener that joins late waits for a key frame no longer. */
const KEY_FRAME_SECONDS = 2;
/** As good as a still picture must be to read text in it; what does not change takes no bits at all. */
const QUALITY = 26;
/** The encoder may exceed the bitrate within this time, for key frames. */
const BUFFER_SECONDS = 0.5;

export interface GrabOptions {
  /** `Deno.build.os`. */
  readonly platform: string;
  /** Of X11: the variable DISPLAY. */
  readonly display: string | undefined;
  readonly codec: ScreenCodec;
  /** Pixels of the pictures; as many as the desktop has when absent. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Pictures in a second. */
  readonly rate: number;
  /** Bits per second, at most. */
  readonly bitrate: number;
}

/** The arguments with which ffmpeg writes the desktop to its standard output: MPEG-TS or, for VP8, IVF. */
export function grabArguments(options: GrabOptions): string[] {
  const { codec, rate } = options;
  return [
    ...["-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"],
    ...inputOf(options),
    ...["-an", "-vf", filterOf(options), "-pix_fmt", "yuv420p"],
    ...["-force_key_frames", `expr:gte(t,n_forced*${KEY_FRAME_SECONDS})`],
    ...["-g", String(Math.ceil(rate * KEY_FRAME_SECONDS))],
    ...(codec === "h264" ? h264Of(options) : vp8Of(options)),
    ...["-flush_packets", "1", "-"],
  ];
}

/** Why the desktop can't be grabbed, and what to do; undefined when it can. */
export function grabProblem(
  { platform, display }: Pick<GrabOptions, "platform" | "display">,
): string | undefined {
  if (["darwin", "windows"].includes(platform)) return undefined;
  if (display) return undefined;
  return "needs an X display, and the variable DISPLAY names none: start serve in a desktop session " +
    "(one with Wayland alone can't be grabbed), or share a file or a pipe";
}

function inputOf({ platform, display, rate }: GrabOptions): string[] {
  const often = ["-framerate", String(rate)];
  switch (platform) {
    case "darwin":
      return [
        "-f",
        "avfoundation",
        "-capture_cursor",
        "1",
        ...often,
        "-i",
        "Capture screen 0:none",
      ];
    case "windows":
      return ["-f", "gdigrab", ...often, "-i", "desktop"];
    default:
      return ["-f", "x11grab", ...often, "-i", display ?? ":0"];
  }
}

/** Both sides are even, since a colour is shared by two by two pixels. Another shape gets black borders. */
function filterOf({ size, rate, codec }: GrabOptions): string {
  const colors = codec === "h264" ? ":out_color_matrix=bt709" : "";
  const shape = size === undefined
    ? `scale=trunc(iw/2)*2:trunc(ih/2)*2${colors}`
    : `scale=${size.width}:${size.height}:force_original_aspect_ratio=decrease:` +
      `force_divisible_by=2${colors},pad=${size.width}:${size.height}:-1:-1`;
  return `fps=${rate},${shape}`;
}

/** The stream says its colours, since decoders guess them differently. */
const COLORS = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"];

function h264Of({ bitrate }: GrabOptions): string[] {
  return [
    ...COLORS,
    ...["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "baseline"],
    ...["-crf", String(QUALITY), "-maxrate", String(bitrate)],
    ...["-bufsize", String(Math.round(bitrate * BUFFER_SECONDS))],
    ...["-sc_threshold", "0", "-f", "mpegts", "-muxdelay", "0"],
  ];
}

function vp8Of({ bitrate }: GrabOptions): string[] {
  return [
    ...["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-lag-in-frames", "0"],
    ...["-error-resilient", "1", "-b:v", String(bitrate), "-f", "ivf"],
  ];
}

/** The codec that ffmpeg can encode, by what it lists with `-encoders`: H.264 rather than VP8. */
export function encoderOf(listing: string): ScreenCodec | undefined {
  const has = (name: string) => new RegExp(`^ V\\S* ${name} `, "m").test(listing);
  return has("libx264") ? "h264" : has("libvpx") ? "vp8" : undefined;
}

/** How ffmpeg is installed. */
export function installAdvice(platform: string): string {
  const how = { darwin: "brew install ffmpeg", windows: "winget install ffmpeg" }[platform];
  return `install it: ${how ?? "apt install ffmpeg, or the package of your system"}`;
}
