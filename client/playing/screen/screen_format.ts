import { serializeAvcDescription } from "../../../shared/media/video/avc_description.ts";
import type { ScreenCodec } from "../../../shared/media/channel.ts";
import { NAL_TYPES, nalTypeOf } from "../../../shared/media/video/h264.ts";
import { ParameterSets } from "../../../shared/media/video/h264_parameter_sets.ts";
import { parseSequenceParameters } from "../../../shared/media/video/h264_sps.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";
import { parseVp8Header } from "../../../shared/media/video/vp8.ts";

export const SCREEN_CODEC_WORDS: Readonly<Record<ScreenCodec, string>> = {
  h264: "H.264",
  vp8: "VP8",
};

/** What a file says of its frames before the first one; width and height are in pixels. */
export type RecordedFormat =
  | {
    readonly codec: "h264";
    readonly width: number;
    readonly height: number;
    /** Those of the first key frame, and of frames before it. */
    readonly parameterSets: readonly Uint8Array[];
    /** The same as MP4 and Matroska have them. */
    readonly description: Uint8Array<ArrayBuffer>;
  }
  | { readonly codec: "vp8"; readonly width: number; readonly height: number };

/** Whether a file that began with one format can continue with the other. */
export function isSameFormat(one: RecordedFormat, other: RecordedFormat): boolean {
  return one.codec === other.codec && one.width === other.width && one.height === other.height;
}

/** Reads the format of a screen from its key frames. */
export class FormatReader {
  #sets = new ParameterSets();

  /** @returns the format from this frame on; undefined when it can't be known, as in a delta frame. */
  read(frame: ScreenFrame): RecordedFormat | undefined {
    if (frame.codec === "h264") return this.#readH264(frame);
    this.#sets = new ParameterSets();
    const { width, height } = parseVp8Header(frame.bytes) ?? {};
    return width && height ? { codec: "vp8", width, height } : undefined;
  }

  #readH264({ nalUnits, isKey }: Extract<ScreenFrame, { codec: "h264" }>) {
    this.#sets.note(nalUnits);
    if (!isKey) return undefined;
    const parameterSets = this.#sets.all;
    const isSequence = (unit: Uint8Array) => nalTypeOf(unit) === NAL_TYPES.sequenceParameters;
    // Those that came with the frame itself are those that it uses.
    const sequence = nalUnits.find(isSequence) ?? parameterSets.find(isSequence);
    const size = sequence && parseSequenceParameters(sequence);
    const description = serializeAvcDescription(parameterSets);
    if (size === undefined || description === undefined) return undefined;
    const { width, height } = size;
    return { codec: "h264", width, height, parameterSets, description } as const;
  }
}
