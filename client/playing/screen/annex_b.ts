import { joinAnnexB, NAL_TYPES, nalTypeOf } from "../../../shared/media/video/h264.ts";
import { ParameterSets } from "../../../shared/media/video/h264_parameter_sets.ts";
import type { RecordedFrame, ScreenStreamWriter } from "./screen_stream.ts";

/**
 * H.264 as a byte stream (annex B), which has no times. Parameter sets come before each key frame, so that a
 * player can begin at any of them.
 */
export class AnnexBWriter implements ScreenStreamWriter {
  readonly #sets = new ParameterSets();

  header(): Uint8Array {
    return new Uint8Array(0);
  }

  write({ frame }: RecordedFrame): Uint8Array {
    if (frame.codec !== "h264") return new Uint8Array(0);
    this.#sets.note(frame.nalUnits);
    const hasSets = frame.nalUnits.some((unit) => nalTypeOf(unit) === NAL_TYPES.sequenceParameters);
    if (!frame.isKey || hasSets) return joinAnnexB(frame.nalUnits);
    // A delimiter is the first of an access unit (H.264 section 7.4.1.2.3).
    const isDelimiter = (unit: Uint8Array) => nalTypeOf(unit) === NAL_TYPES.delimiter;
    const delimiters = frame.nalUnits.filter(isDelimiter);
    const others = frame.nalUnits.filter((unit) => !isDelimiter(unit));
    return joinAnnexB([...delimiters, ...this.#sets.all, ...others]);
  }

  end(): Uint8Array {
    return new Uint8Array(0);
  }
}
