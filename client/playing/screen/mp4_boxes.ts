import { concat, viewOf } from "../../../shared/core/bytes.ts";
import { SCREEN_CLOCK_RATE } from "../../../shared/media/channel.ts";
import type { RecordedFormat } from "./screen_format.ts";

/** Ticks of the times of a file's frames per second. */
export const TIMESCALE: number = SCREEN_CLOCK_RATE;
const TRACK = 1;

/** One frame of a fragment, in decoding order. */
export interface FragmentSample {
  readonly data: Uint8Array;
  readonly isKey: boolean;
  /** Ticks until the next frame is decoded. */
  readonly duration: number;
  /** From the time of decoding to the time at which the frame is shown; negative where frames are reordered. */
  readonly compositionOffset: number;
}

/** The beginning of a fragmented file: `ftyp` and a `moov` without frames (ISO 14496-12 sections 4.3, 8.2.1). */
export function serializeFileHeader(format: RecordedFormat): Uint8Array {
  const brands = ["iso6", "iso5", "mp41"].map(text);
  return concat(
    box("ftyp", text("iso6"), u32(0), ...brands),
    box("moov", movieHeader(), track(format), box("mvex", trackExtends())),
  );
}

/** A `moof` and its `mdat` (ISO 14496-12 section 8.8). @param decodeTime of the first frame, in ticks. */
export function serializeFragment(
  number: number,
  decodeTime: number,
  samples: readonly FragmentSample[],
): Uint8Array {
  const run = (dataOffset: number) => movieFragment(number, decodeTime, samples, dataOffset);
  // The frames begin behind this box and the header of the next.
  const dataOffset = run(0).length + BOX_HEADER_BYTES;
  return concat(run(dataOffset), box("mdat", ...samples.map(({ data }) => data)));
}

const BOX_HEADER_BYTES = 8;
/** The reference of the data is the start of the `moof`. */
const DEFAULT_BASE_IS_MOOF = 0x02_0000;
/** The run has the data's place, and of each sample duration, size, flags and composition offset. */
const RUN_FLAGS = 0x1 | 0x100 | 0x200 | 0x400 | 0x800;
/** ISO 14496-12 section 8.8.3.1: whether a sample depends on others, and is no sync sample. */
const KEY_FLAGS = 0x0200_0000;
const DELTA_FLAGS = 0x0101_0000;

function movieFragment(
  number: number,
  decodeTime: number,
  samples: readonly FragmentSample[],
  dataOffset: number,
): Uint8Array {
  const rows = samples.flatMap(({ data, isKey, duration, compositionOffset }) => [
    u32(duration),
    u32(data.length),
    u32(isKey ? KEY_FLAGS : DELTA_FLAGS),
    u32(compositionOffset),
  ]);
  const traf = box(
    "traf",
    fullBox("tfhd", 0, DEFAULT_BASE_IS_MOOF, u32(TRACK)),
    fullBox("tfdt", 1, 0, u64(decodeTime)),
    fullBox("trun", 1, RUN_FLAGS, u32(samples.length), u32(dataOffset), ...rows),
  );
  return box("moof", fullBox("mfhd", 0, 0, u32(number)), traf);
}

/** No rotation, no scaling, in fixed point. */
const UNIT_MATRIX = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000].map(u32);

function movieHeader(): Uint8Array {
  const [rate, volume] = [u32(0x1_0000), u16(0x100)];
  const times = [u32(0), u32(0), u32(TIMESCALE), u32(0)];
  const rest = [zeros(10), ...UNIT_MATRIX, zeros(24), u32(TRACK + 1)];
  return fullBox("mvhd", 0, 0, ...times, rate, volume, ...rest);
}

function track(format: RecordedFormat): Uint8Array {
  const size = [u32(format.width * 0x1_0000), u32(format.height * 0x1_0000)];
  const times = [u32(0), u32(0), u32(TRACK), u32(0), u32(0)];
  // Enabled, and in the movie.
  const header = fullBox("tkhd", 0, 3, ...times, zeros(16), ...UNIT_MATRIX, ...size);
  return box("trak", header, media(format));
}

function media(format: RecordedFormat): Uint8Array {
  const undetermined = 0x55c4;
  const times = [u32(0), u32(0), u32(TIMESCALE), u32(0)];
  const header = fullBox("mdhd", 0, 0, ...times, u16(undetermined), u16(0));
  const handler = fullBox("hdlr", 0, 0, u32(0), text("vide"), zeros(12), text("Screen\0"));
  const inThisFile = fullBox("url ", 0, 1);
  const information = box(
    "minf",
    fullBox("vmhd", 0, 1, zeros(8)),
    box("dinf", fullBox("dref", 0, 0, u32(1), inThisFile)),
    emptySampleTable(format),
  );
  return box("mdia", header, handler, information);
}

function emptySampleTable(format: RecordedFormat): Uint8Array {
  return box(
    "stbl",
    fullBox("stsd", 0, 0, u32(1), sampleEntry(format)),
    fullBox("stts", 0, 0, u32(0)),
    fullBox("stsc", 0, 0, u32(0)),
    fullBox("stsz", 0, 0, u32(0), u32(0)),
    fullBox("stco", 0, 0, u32(0)),
  );
}

function sampleEntry(format: RecordedFormat): Uint8Array {
  const [name, configuration] = format.codec === "h264"
    ? ["avc1", box("avcC", format.description)]
    : ["vp08", vp8Configuration()];
  const dataReference = 1;
  const pixelsPerInch = u32(72 * 0x1_0000);
  const size = [u16(format.width), u16(format.height)];
  const look = [...size, pixelsPerInch, pixelsPerInch, u32(0), u16(1), zeros(32), u16(24)];
  const head = [zeros(6), u16(dataReference), zeros(16), ...look, u16(0xffff)];
  return box(name, ...head, configuration);
}

/** VP8 in ISO BMFF (webmproject.org/vp9/mp4): level 1, 8 bits, 4:2:0, colours not given. */
function vp8Configuration(): Uint8Array {
  const bitsAndChroma = 8 << 4 | 1 << 1;
  const colours = [u8(2), u8(2), u8(2)];
  return fullBox("vpcC", 1, 0, u8(0), u8(10), u8(bitsAndChroma), ...colours, u16(0));
}

function trackExtends(): Uint8Array {
  const description = 1;
  return fullBox("trex", 0, 0, u32(TRACK), u32(description), u32(0), u32(0), u32(0));
}

function box(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(u32(BOX_HEADER_BYTES + body.length), text(name), body);
}

function fullBox(
  name: string,
  version: number,
  flags: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  return box(name, u32(version * 0x100_0000 + flags), ...parts);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}

function u8(value: number): Uint8Array {
  return Uint8Array.of(value);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}

/** Negative numbers in two's complement. */
function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value);
  return bytes;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, BigInt(value));
  return bytes;
}
