import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import type { ScreenOptions, Size } from "./screen_options.ts";

/** An encoder's configuration, and what the host calls its codec. */
export interface ScreenConfig {
  readonly codec: ScreenCodec;
  readonly config: VideoEncoderConfig;
}

/** Of each level (H.264 table A-1): macroblocks in a picture, and in a second. */
const LEVELS: readonly (readonly [level: number, picture: number, second: number])[] = [
  [0x1e, 1620, 40_500],
  [0x1f, 3600, 108_000],
  [0x28, 8192, 245_760],
  [0x2a, 8704, 522_240],
  [0x32, 22_080, 589_824],
  [0x33, 36_864, 983_040],
  [0x34, 36_864, 2_073_600],
];
const MACROBLOCK = 16;

/**
 * Configurations to try, the best first: H.264 constrained baseline, which most machines decode in hardware, and
 * VP8, which every browser has. The bitrate is an average: a picture of text that moves takes more for a moment.
 */
export function screenConfigs(size: Size, options: ScreenOptions): ScreenConfig[] {
  const { rate: framerate, bitrate, content } = options;
  const common = {
    ...size,
    framerate,
    bitrate,
    bitrateMode: "variable" as const,
    latencyMode: "realtime" as const,
    contentHint: content === "text" ? "text" : "motion",
  };
  const h264 = { ...common, codec: h264Codec(size, framerate), avc: { format: "annexb" as const } };
  return [{ codec: "h264", config: h264 }, { codec: "vp8", config: { ...common, codec: "vp8" } }];
}

/** Constrained baseline (RFC 6381 section 3.3) at the lowest level that is enough. */
function h264Codec({ width, height }: Size, rate: number): string {
  const inPicture = Math.ceil(width / MACROBLOCK) * Math.ceil(height / MACROBLOCK);
  const [level] =
    LEVELS.find(([_, picture, second]) => inPicture <= picture && inPicture * rate <= second) ??
      LEVELS.at(-1)!;
  return `avc1.42E0${level.toString(16).padStart(2, "0").toUpperCase()}`;
}
