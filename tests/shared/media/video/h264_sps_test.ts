import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseSequenceParameters,
  unescapePayload,
} from "../../../../shared/media/video/h264_sps.ts";
import { runs } from "../../../runs.ts";
import { BitWriter, escapePayload } from "./bit_writer.ts";
import { bytesOf } from "./frames.ts";

/** Made by x264; the sizes are those that it was given. */
const X264: readonly (readonly [string, string, object])[] = [
  ["Baseline", "6742c01fd9005005bb011000000300100000030140f1832480", {
    profile: 66,
    width: 1280,
    height: 720,
  }],
  ["High, cropped below", "67640028acd940780227e5c044000003000400000300503c60c658", {
    profile: 100,
    width: 1920,
    height: 1080,
  }],
  ["Main, cropped at two sides", "674d4016eca05017f536022000000300200000030281e2c5b2c0", {
    profile: 77,
    width: 638,
    height: 358,
  }],
  ["4:4:4 with odd sides", "67f40016919b281485fc2111ff8b480b4488000003000800000300a078b16cb0", {
    profile: 244,
    chromaFormat: 3,
    width: 641,
    height: 361,
  }],
  ["4:2:2", "677a000cbcd9414087e3f011000003000100000300140f142996", {
    profile: 122,
    chromaFormat: 2,
    width: 320,
    height: 242,
  }],
  ["interlaced", "67640028acd94078044fde022000000300200000030283e2c5b2c0", {
    profile: 100,
    width: 1920,
    height: 1080,
  }],
  ["ten bits", "676e0016a6cd940a02ff97011000000300100000030140f162d960", {
    profile: 110,
    bitDepthLuma: 10,
    bitDepthChroma: 10,
    width: 640,
    height: 360,
  }],
  ["one macroblock", "6742c00ad91ec044000003000400000300503c489920", {
    profile: 66,
    width: 16,
    height: 16,
  }],
  ["5120 pixels wide", "6764003cacd9401400169b011000000300100000030140f0804196", {
    profile: 100,
    width: 5120,
    height: 2880,
  }],
];

for (const [name, hex, expected] of X264) {
  Deno.test(`the size of a picture: ${name}`, () => {
    const basic = {
      id: 0,
      chromaFormat: 1,
      bitDepthLuma: 8,
      bitDepthChroma: 8,
      hasColors: false,
      // All were encoded at this rate.
      pictureRate: 10,
    };
    assert.deepEqual(parseSequenceParameters(bytesOf(hex)), { ...basic, ...expected });
  });
}

interface Shape {
  readonly profile: number;
  readonly id: number;
  readonly chromaFormat: number;
  readonly orderType: number;
  readonly offsets: readonly number[];
  /** For each list its deltas; absent ones are as the standard's. */
  readonly scalingLists: readonly (readonly number[] | undefined)[];
  readonly columns: number;
  readonly rows: number;
  readonly isProgressive: boolean;
  readonly crop: readonly number[];
  /** Each absent part is left out; undefined for no VUI parameters at all. */
  readonly vui?: {
    readonly aspect?: number;
    readonly overscan?: number;
    readonly signal?: { readonly colors?: readonly number[] };
    readonly chromaPlace?: number;
    /** Units in a tick, and ticks in a second. */
    readonly ticks?: readonly number[];
  };
}

/** Writes H.264 section 7.3.2.1.1, in the order of the standard. */
function sequenceParameters(shape: Shape): Uint8Array {
  const writer = new BitWriter().unsigned(shape.id);
  if (shape.profile === 100) {
    writer.unsigned(shape.chromaFormat);
    if (shape.chromaFormat === 3) writer.bits(0, 1);
    writer.unsigned(0).unsigned(2).bits(0, 1).bits(1, 1);
    const count = shape.chromaFormat === 3 ? 12 : 8;
    for (let list = 0; list < count; list++) {
      const deltas = shape.scalingLists[list];
      writer.bits(deltas === undefined ? 0 : 1, 1);
      const size = list < 6 ? 16 : 64;
      // A list ends where its scale becomes 0, here with -8 from the start.
      if (deltas !== undefined && deltas.length === 0) writer.signed(-8);
      else if (deltas) {
        for (let at = 0; at < size; at++) writer.signed(deltas[at % deltas.length]!);
      }
    }
  }
  writer.unsigned(4).unsigned(shape.orderType);
  if (shape.orderType === 0) writer.unsigned(2);
  if (shape.orderType === 1) {
    writer.bits(0, 1).signed(-3).signed(2).unsigned(shape.offsets.length);
    for (const offset of shape.offsets) writer.signed(offset);
  }
  writer.unsigned(4).bits(0, 1).unsigned(shape.columns - 1).unsigned(shape.rows - 1);
  writer.bits(shape.isProgressive ? 1 : 0, 1);
  if (!shape.isProgressive) writer.bits(0, 1);
  writer.bits(1, 1).bits(1, 1);
  for (const side of shape.crop) writer.unsigned(side);
  const content = writeVui(writer, shape.vui).finish();
  return Uint8Array.of(0x67, shape.profile, 0, 30, ...escapePayload(content));
}

/** Writes H.264 section E.1.1 as far as the rate. */
function writeVui(writer: BitWriter, vui: Shape["vui"]): BitWriter {
  if (vui === undefined) return writer.bits(0, 1);
  const { aspect, overscan, signal } = vui;
  writer.bits(1, 1).bits(aspect === undefined ? 0 : 1, 1);
  if (aspect !== undefined) writer.bits(aspect, 8);
  if (aspect === 255) writer.bits(0x10001, 32);
  writer.bits(overscan === undefined ? 0 : 1, 1);
  if (overscan !== undefined) writer.bits(overscan, 1);
  writer.bits(signal ? 1 : 0, 1);
  if (signal) writer.bits(5, 3).bits(0, 1).bits(signal.colors ? 1 : 0, 1);
  for (const color of signal?.colors ?? []) writer.bits(color, 8);
  writer.bits(vui.chromaPlace === undefined ? 0 : 1, 1);
  if (vui.chromaPlace !== undefined) writer.unsigned(vui.chromaPlace).unsigned(vui.chromaPlace);
  writer.bits(vui.ticks ? 1 : 0, 1);
  for (const number of vui.ticks ?? []) writer.bits(number, 32);
  return writer.bits(0, 5);
}

Deno.test("whatever the optional fields, the size behind them is read", () => {
  const arbitraryShape = fc.record({
    profile: fc.constantFrom(66, 77, 100),
    id: fc.nat(31),
    chromaFormat: fc.constantFrom(0, 1, 2, 3),
    orderType: fc.nat(2),
    offsets: fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 255 }),
    // Deltas of 0 keep the scale at 8, so that no list ends early.
    scalingLists: fc.array(fc.constantFrom(undefined, [], [0], [1, -1]), { maxLength: 12 }),
    columns: fc.integer({ min: 1, max: 1055 }),
    rows: fc.integer({ min: 1, max: 500 }),
    isProgressive: fc.boolean(),
    crop: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
    vui: fc.option(
      fc.record({
        aspect: fc.constantFrom(undefined, 1, 255),
        overscan: fc.constantFrom(undefined, 0, 1),
        signal: fc.constantFrom(undefined, {}, { colors: [1, 1, 1] }),
        chromaPlace: fc.constantFrom(undefined, 0, 5),
        ticks: fc.constantFrom(undefined, [1, 60], [1001, 60_000], [0, 50], [1, 0]),
      }),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(arbitraryShape, (shape) => {
      const format = shape.profile === 100 ? shape.chromaFormat : 1;
      const [left, right, top, bottom] = shape.crop as [number, number, number, number];
      const unitX = format === 1 || format === 2 ? 2 : 1;
      const unitY = (format === 1 ? 2 : 1) * (shape.isProgressive ? 1 : 2);
      const width = shape.columns * 16 - unitX * (left + right);
      const height = shape.rows * (shape.isProgressive ? 16 : 32) - unitY * (top + bottom);
      const read = parseSequenceParameters(sequenceParameters(shape));
      if (width <= 0 || height <= 0) return assert.equal(read, undefined);
      assert.equal(read?.id, shape.id);
      assert.equal(read?.chromaFormat, format);
      assert.deepEqual([read?.width, read?.height], [width, height]);
      assert.equal(read?.hasColors, shape.vui?.signal?.colors !== undefined);
      const [units, scale] = shape.vui?.ticks ?? [0, 0];
      const rate = units! > 0 && scale! > 0 ? scale! / (2 * units!) : undefined;
      assert.equal(read?.pictureRate, rate);
    }),
    runs(500),
  );
});

Deno.test("a size that no level has, and more cropping than picture, are refused", () => {
  const shape = {
    profile: 66,
    id: 0,
    chromaFormat: 1,
    orderType: 2,
    offsets: [],
    scalingLists: [],
    columns: 4,
    rows: 4,
    isProgressive: true,
    crop: [0, 0, 0, 0],
  };
  assert.equal(parseSequenceParameters(sequenceParameters(shape))?.width, 64);
  for (
    const wrong of [{ columns: 1056 }, { rows: 1056 }, { crop: [16, 16, 0, 0] }, { id: 32 }]
  ) {
    assert.equal(parseSequenceParameters(sequenceParameters({ ...shape, ...wrong })), undefined);
  }
});

Deno.test("bytes that prevent start codes are taken out", () => {
  const content = Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0, 3, 5, 0, 0, 4);
  assert.deepEqual(unescapePayload(escapePayload(content)), content);
  fc.assert(
    fc.property(fc.uint8Array({ max: 4 }), (content) => {
      assert.deepEqual(unescapePayload(escapePayload(content)), content);
    }),
    runs(300),
  );
});

Deno.test("one that is cut short is refused, and no bytes make it throw", () => {
  for (const [, hex] of X264) {
    const whole = bytesOf(hex);
    for (let length = 0; length < 6; length++) {
      assert.equal(parseSequenceParameters(whole.subarray(0, length)), undefined);
    }
  }
  fc.assert(
    fc.property(fc.nat(255), fc.uint8Array({ maxLength: 60 }), (profile, rest) => {
      const read = parseSequenceParameters(Uint8Array.of(0x67, profile, 0, 30, ...rest));
      if (read === undefined) return;
      assert.ok(read.width > 0 && read.width <= 1055 * 16);
      assert.ok(read.height > 0 && read.height <= 1055 * 16);
    }),
    runs(3000),
  );
});
