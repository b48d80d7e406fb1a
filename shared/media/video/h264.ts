import { concat, viewOf } from "../../core/bytes.ts";
import { junk, type Parsed, parsed } from "../../core/parsed.ts";

/** The types of NAL units that are treated apart (H.264 table 7-1). */
export const NAL_TYPES = {
  slice: 1,
  keySlice: 5,
  information: 6,
  sequenceParameters: 7,
  pictureParameters: 8,
  delimiter: 9,
  filler: 12,
} as const;

/** Types from here on don't exist in a stream; RTP uses them for its own packets (RFC 6184 table 1). */
const FIRST_UNSPECIFIED_TYPE = 24;
const FORBIDDEN_BIT = 0x80;
const START_CODE = Uint8Array.of(0, 0, 0, 1);
const LENGTH_BYTES = 4;

/** The type of a NAL unit, from its first byte (H.264 section 7.3.1); 0 for an empty one. */
export function nalTypeOf(unit: Uint8Array): number {
  return (unit[0] ?? 0) & 0x1f;
}

/** Whether the bytes are a NAL unit of a specified type, without the forbidden bit. */
export function isNalUnit(unit: Uint8Array): boolean {
  const type = nalTypeOf(unit);
  return type > 0 && type < FIRST_UNSPECIFIED_TYPE && (unit[0]! & FORBIDDEN_BIT) === 0;
}

/** Whether a decoder can begin with this access unit: it is an IDR picture (H.264 table 7-1). */
export function isKeyAccessUnit(nalUnits: readonly Uint8Array[]): boolean {
  return nalUnits.some((unit) => nalTypeOf(unit) === NAL_TYPES.keySlice);
}

/**
 * The position of the next start code's `00 00 01` (H.264 annex B), at `from` or later; -1 when there is none.
 */
export function findStartCode(bytes: Uint8Array, from: number): number {
  for (let one = bytes.indexOf(1, from + 2); one >= 0; one = bytes.indexOf(1, one + 1)) {
    if (bytes[one - 1] === 0 && bytes[one - 2] === 0) return one - 2;
  }
  return -1;
}

/** The NAL units, as views, of a whole byte stream (H.264 annex B); bytes before the first are left out. */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let code = findStartCode(bytes, 0);
  while (code >= 0) {
    const next = findStartCode(bytes, code + 3);
    const unit = withoutTrailingZeros(bytes.subarray(code + 3, next < 0 ? bytes.length : next));
    if (unit.length > 0) units.push(unit);
    code = next;
  }
  return units;
}

/** A NAL unit never ends with a zero byte (H.264 section 7.4.1): those belong to what follows it. */
export function withoutTrailingZeros(unit: Uint8Array): Uint8Array {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) end--;
  return unit.subarray(0, end);
}

/** The byte stream (H.264 annex B) of NAL units, each after `00 00 00 01`. */
export function joinAnnexB(nalUnits: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(...nalUnits.flatMap((unit) => [START_CODE, unit]));
}

/**
 * The form in which a frame is hashed and counted: as a byte stream, without parameter sets, delimiters
 * and filler, which a source, the host and a recording put in or leave out as they need.
 */
export function canonicalH264(nalUnits: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joinAnnexB(nalUnits.filter((unit) => !OUTSIDE_CANONICAL.has(nalTypeOf(unit))));
}

const OUTSIDE_CANONICAL: ReadonlySet<number> = new Set([
  NAL_TYPES.sequenceParameters,
  NAL_TYPES.pictureParameters,
  NAL_TYPES.delimiter,
  NAL_TYPES.filler,
]);

/** Each NAL unit after its length in four bytes, as in MP4 (ISO 14496-15 section 5.3.4.2). */
export function joinLengthPrefixed(nalUnits: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(...nalUnits.flatMap((unit) => {
    const length = new Uint8Array(LENGTH_BYTES);
    viewOf(length).setUint32(0, unit.length);
    return [length, unit];
  }));
}

/**
 * The NAL units, as views, of a frame from MP4. Empty ones are left out.
 *
 * @param lengthBytes the size of each length, 1, 2 or 4: see `parseAvcDescription`.
 */
export function splitLengthPrefixed(
  bytes: Uint8Array,
  lengthBytes: 1 | 2 | 4 = LENGTH_BYTES,
): Parsed<Uint8Array[]> {
  const units: Uint8Array[] = [];
  let position = 0;
  while (position < bytes.length) {
    const start = position + lengthBytes;
    if (start > bytes.length) return junk("malformedPayload");
    let length = 0;
    for (; position < start; position++) length = length * 256 + bytes[position]!;
    position += length;
    if (position > bytes.length) return junk("malformedPayload");
    if (length > 0) units.push(bytes.subarray(start, position));
  }
  return parsed(units);
}
