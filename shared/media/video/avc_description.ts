import { ByteReader } from "../../core/byte_fields.ts";
import { concat } from "../../core/bytes.ts";
import { junk, type Parsed, parsed } from "../../core/parsed.ts";
import { NAL_TYPES, nalTypeOf } from "./h264.ts";
import { parseSequenceParameters, type SequenceParameters } from "./h264_sps.ts";

/**
 * What MP4 and WebCodecs call the description of H.264: an AVCDecoderConfigurationRecord (ISO 14496-15
 * section 5.3.3.1).
 */
export interface AvcDescription {
  /** The size of the length before each NAL unit. */
  readonly lengthBytes: 1 | 2 | 4;
  /** Sequence parameter sets, then picture parameter sets, whole. */
  readonly parameterSets: readonly Uint8Array[];
}

const VERSION = 1;
const FIXED_BYTES = 6;
const LENGTH_BYTES = 4;
const MAX_SEQUENCE_SETS = 31;
const MAX_SETS = 255;
const MAX_SET_BYTES = 0xffff;

/** Reads a description; the sets are copies. Other NAL units in it are left out. */
export function parseAvcDescription(bytes: Uint8Array): Parsed<AvcDescription> {
  const reader = new ByteReader(bytes);
  const version = reader.uint8();
  reader.bytes(3); // profile, compatibility, level
  const lengthBytes = (reader.uint8() & 3) + 1;
  const units = readUnits(reader, reader.uint8() & 0x1f);
  units.push(...readUnits(reader, reader.uint8()));
  if (!reader.isWhole || version !== VERSION) return junk("malformedPayload");
  if (lengthBytes === 3) return junk("malformedPayload");
  const parameterSets = units.filter(isParameterSet);
  return parsed({ lengthBytes: lengthBytes as 1 | 2 | 4, parameterSets });
}

function readUnits(reader: ByteReader, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => reader.bytes(reader.uint16()));
}

function isParameterSet(unit: Uint8Array): boolean {
  const type = nalTypeOf(unit);
  return type === NAL_TYPES.sequenceParameters || type === NAL_TYPES.pictureParameters;
}

/**
 * Writes the description of frames whose lengths have four bytes.
 *
 * @returns undefined without a sequence parameter set that can be read, or with more than fit.
 */
export function serializeAvcDescription(
  parameterSets: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> | undefined {
  const sequence = setsOf(parameterSets, NAL_TYPES.sequenceParameters);
  const picture = setsOf(parameterSets, NAL_TYPES.pictureParameters);
  const parameters = sequence[0] && parseSequenceParameters(sequence[0]);
  if (parameters === undefined) return undefined;
  if (sequence.length > MAX_SEQUENCE_SETS || picture.length > MAX_SETS) return undefined;
  if (parameterSets.some(({ length }) => length > MAX_SET_BYTES)) return undefined;
  const head = new Uint8Array(FIXED_BYTES);
  head.set([VERSION, ...sequence[0]!.subarray(1, 4)]);
  head.set([0xfc | (LENGTH_BYTES - 1), 0xe0 | sequence.length], 4);
  return concat(
    head,
    ...sequence.flatMap(withLength),
    Uint8Array.of(picture.length),
    ...picture.flatMap(withLength),
    formatOf(parameters),
  );
}

function setsOf(parameterSets: readonly Uint8Array[], type: number): Uint8Array[] {
  return parameterSets.filter((unit) => nalTypeOf(unit) === type);
}

function withLength(unit: Uint8Array): Uint8Array[] {
  return [Uint8Array.of(unit.length >> 8, unit.length & 0xff), unit];
}

/** Baseline, Main and Extended, whose format is always 4:2:0 with 8 bits. */
const PROFILES_WITHOUT_FORMAT: readonly number[] = [66, 77, 88];

/** The format, for profiles that have a choice; it ends with the number of SPS extensions, none. */
function formatOf({ profile, ...format }: SequenceParameters): Uint8Array {
  if (PROFILES_WITHOUT_FORMAT.includes(profile)) return new Uint8Array(0);
  const { chromaFormat, bitDepthLuma, bitDepthChroma } = format;
  return Uint8Array.of(
    0xfc | chromaFormat,
    0xf8 | (bitDepthLuma - 8),
    0xf8 | (bitDepthChroma - 8),
    0,
  );
}
