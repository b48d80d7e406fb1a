import type { PageFrame } from "../../../shared/page/page_frame.ts";
import { NAL_TYPES, nalTypeOf, splitAnnexB } from "../../../shared/media/video/h264.ts";
import { parseSequenceParameters } from "../../../shared/media/video/h264_sps.ts";
import { parseVp8Header } from "../../../shared/media/video/vp8.ts";

/** What a key frame says of the pictures from it on. */
export interface KeyFrameInfo {
  /** The codec as WebCodecs names it: `vp8`, or `avc1.42e01f` (RFC 6381 section 3.3). */
  readonly codec: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

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
  const { width, height } = parameters;
  // The three bytes after the unit's type: profile, constraints, level.
  return { codec: `avc1.${hexOf(unit.subarray(1, 4))}`, width, height };
}

function readVp8(bytes: Uint8Array): KeyFrameInfo | undefined {
  const { width, height } = parseVp8Header(bytes) ?? {};
  return width && height ? { codec: "vp8", width, height } : undefined;
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
