import type { PageFrame } from "../../../shared/page/page_frame.ts";
import { NAL_TYPES, nalTypeOf, splitAnnexB } from "../../../shared/media/video/h264.ts";
import { parseSequenceParameters } from "../../../shared/media/video/h264_sps.ts";
import { parseVp8Header } from "../../../shared/media/video/vp8.ts";

/** What a key frame says of the pictures from it on. */
export interface KeyFrameInfo {
  readonly config: VideoDecoderConfig;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** A picture of fewer rows, without a word on its colours, has those of standard definition. */
const HD_ROWS = 720;

/** Parameter sets are in front of the picture, which has most of a frame's bytes. */
const MAX_SEARCHED_BYTES = 4096;

/** Reads a key frame; undefined when it does not say what a decoder must know. */
export function readKeyFrame({ codec, bytes }: PageFrame): KeyFrameInfo | undefined {
  return codec === "h264" ? readParameters(bytes) : readVp8(bytes);
}

function readParameters(bytes: Uint8Array): KeyFrameInfo | undefined {
  const unit = splitAnnexB(bytes.subarray(0, MAX_SEARCHED_BYTES))
    .find((unit) => nalTypeOf(unit) === NAL_TYPES.sequenceParameters);
  const parameters = unit && parseSequenceParameters(unit);
  if (!parameters) return undefined;
  const { width, height, hasColors } = parameters;
  // RFC 6381 section 3.3: the three bytes after the unit's type, which are profile, constraints and level.
  const codec = `avc1.${hexOf(unit.subarray(1, 4))}`;
  const matrix = height < HD_ROWS ? "smpte170m" : "bt709";
  return { config: configOf(codec, hasColors ? undefined : matrix), width, height };
}

function readVp8(bytes: Uint8Array): KeyFrameInfo | undefined {
  const { width, height } = parseVp8Header(bytes) ?? {};
  if (!width || !height) return undefined;
  // RFC 6386 section 9.2: the colours of ITU-R BT.601.
  return { config: configOf("vp8", "smpte170m"), width, height };
}

/**
 * Without a `description` H.264 is a byte stream with start codes.
 *
 * @param matrix how colours are coded, where the stream does not say it: browsers guess differently.
 */
function configOf(codec: string, matrix: VideoMatrixCoefficients | undefined): VideoDecoderConfig {
  const config = { codec, optimizeForLatency: true };
  if (matrix === undefined) return config;
  const colorSpace = { primaries: "bt709", transfer: "bt709", matrix, fullRange: false } as const;
  return { ...config, colorSpace };
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
