import { BitReader } from "./bit_reader.ts";
import { NAL_TYPES, nalTypeOf } from "./h264.ts";

/** From a sequence parameter set (H.264 section 7.3.2.1.1); only the fields used here. */
export interface SequenceParameters {
  readonly id: number;
  readonly profile: number;
  /** 1 stands for 4:2:0. */
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Pixels that are shown, after cropping. */
  readonly width: number;
  readonly height: number;
  /** Whether the stream says how its colours are coded (H.264 section E.2.1). */
  readonly hasColors: boolean;
  /** Pictures in a second, if the stream says it. */
  readonly pictureRate?: number;
}

/** Profiles whose parameters begin with the chroma format. */
const HIGH_PROFILES: ReadonlySet<number> = new Set(
  [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135],
);
const MAX_SETS = 32;
const MAX_CHROMA_FORMAT = 3;
const MAX_BIT_DEPTH_MINUS_8 = 6;
const MAX_OFFSETS = 255;
/** The longest side of any level: the square root of 8 * 139 264 macroblocks (H.264 table A-1). */
const MAX_SIDE_MACROBLOCKS = 1055;
const MACROBLOCK = 16;

/** @returns undefined when the unit is no sequence parameter set, or ends too early. */
export function parseSequenceParameters(unit: Uint8Array): SequenceParameters | undefined {
  if (nalTypeOf(unit) !== NAL_TYPES.sequenceParameters || unit.length < 4) return undefined;
  const profile = unit[1]!;
  const reader = new BitReader(unescapePayload(unit.subarray(4)));
  const id = reader.unsigned();
  const format = HIGH_PROFILES.has(profile) ? readHighFormat(reader) : BASIC_FORMAT;
  if (format === undefined || id >= MAX_SETS || !skipOrder(reader)) return undefined;
  const size = readSize(reader, format);
  if (size === undefined || !reader.isWhole) return undefined;
  const { chromaFormat, bitDepthLuma, bitDepthChroma } = format;
  const usability = readUsability(reader);
  return { id, profile, chromaFormat, bitDepthLuma, bitDepthChroma, ...size, ...usability };
}

const EXTENDED_ASPECT = 255;

/** Of what a decoder need not know, the beginning (VUI, H.264 section E.1.1). */
function readUsability(
  reader: BitReader,
): Pick<SequenceParameters, "hasColors" | "pictureRate"> {
  if (reader.bit() === 0) return { hasColors: false };
  if (reader.bit() === 1 && reader.bits(8) === EXTENDED_ASPECT) reader.bits(32);
  if (reader.bit() === 1) reader.bit(); // overscan_appropriate_flag
  const hasColors = readHasColors(reader);
  if (reader.bit() === 1) { // chroma_loc_info_present_flag
    reader.unsigned();
    reader.unsigned();
  }
  const pictureRate = readPictureRate(reader);
  return { hasColors, ...(pictureRate !== undefined && { pictureRate }) };
}

function readHasColors(reader: BitReader): boolean {
  if (reader.bit() === 0) return false;
  reader.bits(4); // video_format, video_full_range_flag
  const hasColors = reader.bit() === 1;
  if (hasColors) reader.bits(24);
  return hasColors;
}

/** A tick is the time of a field, and a picture has two (H.264 section E.2.1). */
function readPictureRate(reader: BitReader): number | undefined {
  if (reader.bit() === 0) return undefined;
  const [unitsInTick, timeScale] = [reader.bits(32), reader.bits(32)];
  return reader.isWhole && unitsInTick > 0 && timeScale > 0
    ? timeScale / (2 * unitsInTick)
    : undefined;
}

/** The content of a NAL unit without the bytes 3 that prevent start codes (H.264 section 7.4.1). */
export function unescapePayload(bytes: Uint8Array): Uint8Array {
  const content = new Uint8Array(bytes.length);
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    const isPrevention = zeros >= 2 && byte === 3;
    zeros = byte === 0 ? zeros + 1 : 0;
    if (!isPrevention) content[length++] = byte;
  }
  return content.subarray(0, length);
}

interface SampleFormat {
  readonly chromaFormat: number;
  readonly hasSeparatePlanes: boolean;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
}

const BASIC_FORMAT: SampleFormat = {
  chromaFormat: 1,
  hasSeparatePlanes: false,
  bitDepthLuma: 8,
  bitDepthChroma: 8,
};

function readHighFormat(reader: BitReader): SampleFormat | undefined {
  const chromaFormat = reader.unsigned();
  const hasSeparatePlanes = chromaFormat === MAX_CHROMA_FORMAT && reader.bit() === 1;
  const luma = reader.unsigned();
  const chroma = reader.unsigned();
  reader.bit(); // qpprime_y_zero_transform_bypass_flag
  if (chromaFormat > MAX_CHROMA_FORMAT) return undefined;
  if (luma > MAX_BIT_DEPTH_MINUS_8 || chroma > MAX_BIT_DEPTH_MINUS_8) return undefined;
  if (reader.bit() === 1) skipScalingLists(reader, chromaFormat === MAX_CHROMA_FORMAT ? 12 : 8);
  return { chromaFormat, hasSeparatePlanes, bitDepthLuma: luma + 8, bitDepthChroma: chroma + 8 };
}

/** H.264 section 7.3.2.1.1.1. */
function skipScalingLists(reader: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    if (reader.bit() === 0) continue;
    let scale = 8;
    for (let index = 0; index < (list < 6 ? 16 : 64) && scale !== 0; index++) {
      scale = (scale + reader.signed()) & 0xff;
    }
  }
}

/** The fields on the order of pictures. @returns whether they can be true. */
function skipOrder(reader: BitReader): boolean {
  reader.unsigned(); // log2_max_frame_num_minus4
  const orderType = reader.unsigned();
  if (orderType === 0) reader.unsigned();
  if (orderType === 1) {
    reader.bit();
    reader.signed();
    reader.signed();
    const offsets = reader.unsigned();
    if (offsets > MAX_OFFSETS) return false;
    for (let offset = 0; offset < offsets; offset++) reader.signed();
  }
  reader.unsigned(); // max_num_ref_frames
  reader.bit(); // gaps_in_frame_num_value_allowed_flag
  return orderType <= 2;
}

/** H.264 section 7.4.2.1.1: macroblocks, less the cropped border, whose unit depends on the format. */
function readSize(
  reader: BitReader,
  { chromaFormat, hasSeparatePlanes }: SampleFormat,
): { width: number; height: number } | undefined {
  const columns = reader.unsigned() + 1;
  const rows = reader.unsigned() + 1;
  const fieldsPerRow = reader.bit() === 1 ? 1 : 2;
  if (fieldsPerRow === 2) reader.bit(); // mb_adaptive_frame_field_flag
  reader.bit(); // direct_8x8_inference_flag
  const isCropped = reader.bit() === 1;
  const [left, right, top, bottom] = [0, 0, 0, 0].map(() => isCropped ? reader.unsigned() : 0);
  if (columns > MAX_SIDE_MACROBLOCKS || rows * fieldsPerRow > MAX_SIDE_MACROBLOCKS) {
    return undefined;
  }
  const isHalved = chromaFormat > 0 && !hasSeparatePlanes;
  const unitX = isHalved && chromaFormat < 3 ? 2 : 1;
  const unitY = (isHalved && chromaFormat === 1 ? 2 : 1) * fieldsPerRow;
  const width = columns * MACROBLOCK - unitX * (left! + right!);
  const height = rows * fieldsPerRow * MACROBLOCK - unitY * (top! + bottom!);
  return width > 0 && height > 0 ? { width, height } : undefined;
}
