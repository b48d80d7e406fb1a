import type { ScreenCodec } from "../channel.ts";
import { NAL_TYPES, nalTypeOf } from "./h264.ts";
import { aggregatedUnits, beginsAccessUnit, isAggregate, isFragment } from "./rtp_h264.ts";
import { beginsVp8Frame, parseVp8Descriptor } from "./rtp_vp8.ts";

/** What one payload shows of its frame, before the frame is whole. */
export interface PayloadMarks {
  /** Whether it can only be the first of its frame. */
  readonly beginsFrame: boolean;
  /** Whether its frame is a key frame. */
  readonly isOfKeyFrame: boolean;
  /** Whether no other frame refers to its frame, so that a decoder goes on without it. */
  readonly isOfUnreferenced: boolean;
}

const REFERENCE_BITS = 0x60;

/** What does not show in this payload is false: another payload of the frame may show it. */
export function marksOf(codec: ScreenCodec, payload: Uint8Array): PayloadMarks {
  return codec === "h264" ? h264Marks(payload) : vp8Marks(payload);
}

/**
 * A picture's slices all have nal_ref_idc 0, or none of them has (H.264 section 7.4.1); other units, such as
 * delimiters, always have 0 and show nothing.
 */
function h264Marks(payload: Uint8Array): PayloadMarks {
  const slices = headersOf(payload).filter(isSlice);
  return {
    beginsFrame: beginsAccessUnit(payload),
    isOfKeyFrame: slices.some((header) => nalTypeOf(header) === NAL_TYPES.keySlice),
    isOfUnreferenced: slices.some((header) => (header[0]! & REFERENCE_BITS) === 0),
  };
}

/** The first byte of each NAL unit that is in the payload, or of which it has a fragment. */
function headersOf(payload: Uint8Array): Uint8Array[] {
  if (isAggregate(payload)) return aggregatedUnits(payload);
  const [indicator, header] = payload;
  if (!isFragment(payload) || indicator === undefined || header === undefined) return [payload];
  return [Uint8Array.of((indicator & REFERENCE_BITS) | nalTypeOf(payload.subarray(1)))];
}

/** Types 1 to 5 hold the parts of a picture (H.264 table 7-1). */
function isSlice(unit: Uint8Array): boolean {
  const type = nalTypeOf(unit);
  return type >= NAL_TYPES.slice && type <= NAL_TYPES.keySlice;
}

function vp8Marks(payload: Uint8Array): PayloadMarks {
  const descriptor = parseVp8Descriptor(payload);
  const beginsFrame = beginsVp8Frame(payload);
  return {
    beginsFrame,
    // The frame's first bit is 0 for a key frame (RFC 6386 section 9.1).
    isOfKeyFrame: beginsFrame && (payload[descriptor!.byteLength]! & 1) === 0,
    isOfUnreferenced: descriptor?.isNonReference ?? false,
  };
}
