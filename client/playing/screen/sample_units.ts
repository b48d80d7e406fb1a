import { areEqual } from "../../../shared/core/bytes.ts";
import { joinLengthPrefixed, NAL_TYPES, nalTypeOf } from "../../../shared/media/video/h264.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";
import type { RecordedFormat } from "./screen_format.ts";

/** Containers have what these are for by themselves (ISO 14496-15 section 5.2.2). */
const LEFT_OUT: ReadonlySet<number> = new Set([NAL_TYPES.delimiter, NAL_TYPES.filler]);
const SETS: ReadonlySet<number> = new Set([
  NAL_TYPES.sequenceParameters,
  NAL_TYPES.pictureParameters,
]);

/**
 * Makes samples for containers that have the parameter sets apart, MP4 and Matroska: H.264 with a length before
 * each NAL unit, VP8 as it is.
 *
 * Parameter sets that the container has already are left out. From the first frame on that brings others they
 * stay in the samples, since a decoder then no longer has those of the container.
 */
export class SampleUnits {
  readonly #known: readonly Uint8Array[];
  #hasChanged = false;

  constructor(format: RecordedFormat) {
    this.#known = format.codec === "h264" ? format.parameterSets : [];
  }

  sampleOf(frame: ScreenFrame): Uint8Array {
    if (frame.codec === "vp8") return frame.bytes;
    const units = frame.nalUnits.filter((unit) => !LEFT_OUT.has(nalTypeOf(unit)));
    this.#hasChanged ||= units.some((unit) => isSet(unit) && !this.#isKnown(unit));
    return joinLengthPrefixed(this.#hasChanged ? units : units.filter((unit) => !isSet(unit)));
  }

  #isKnown(unit: Uint8Array): boolean {
    return this.#known.some((known) => areEqual(known, unit));
  }
}

function isSet(unit: Uint8Array): boolean {
  return SETS.has(nalTypeOf(unit));
}
