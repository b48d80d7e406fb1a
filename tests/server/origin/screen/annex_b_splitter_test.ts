import assert from "node:assert/strict";
import fc from "fast-check";
import { AnnexBSplitter } from "../../../../server/origin/screen/annex_b_splitter.ts";
import { MAX_NAL_UNITS, MAX_PICTURE_BYTES } from "../../../../server/origin/screen/picture.ts";
import { concat } from "../../../../shared/core/bytes.ts";
import { canonicalH264, joinAnnexB } from "../../../../shared/media/video/h264.ts";
import { parseSequenceParameters } from "../../../../shared/media/video/h264_sps.ts";
import { runs } from "../../../runs.ts";
import {
  arbitraryUnit,
  information,
  keySlice,
  nalUnit,
  PPS,
  slice,
  SPS,
} from "../../../shared/media/video/frames.ts";
import { arbitrarySizes, cut } from "./chunks.ts";

const AUD = Uint8Array.of(9, 0xf0);
/** A slice that begins its picture has first_mb_in_slice 0, the bit 1. */
const first = (unit: Uint8Array) => unit.with(1, unit[1]! | 0x80);
const later = (unit: Uint8Array) => unit.with(1, unit[1]! & 0x7f);

/** One table: access units as they should be found. */
const CASES: readonly (readonly [string, readonly (readonly Uint8Array[])[]])[] = [
  ["one picture", [[SPS, PPS, first(keySlice(200))]]],
  ["slices alone", [[first(keySlice(9))], [first(slice(8))], [first(slice(7))]]],
  ["several slices a picture", [
    [SPS, PPS, first(keySlice(50)), later(keySlice(60)), later(keySlice(70))],
    [first(slice(50)), later(slice(60))],
  ]],
  ["delimiters", [[AUD, SPS, PPS, first(keySlice(9))], [AUD, first(slice(8))]]],
  ["information before each", [
    [SPS, PPS, information(9), first(keySlice(9))],
    [information(9), first(slice(8))],
  ]],
  ["parameter sets alone", [[first(slice(9))], [PPS, first(slice(8))], [SPS, first(slice(8))]]],
  ["what comes behind a picture", [
    [first(slice(9)), nalUnit(12, 30), nalUnit(10, 1), nalUnit(11, 1)],
    [first(slice(8))],
  ]],
  ["data partitions", [
    [first(nalUnit(2, 9)), nalUnit(3, 9), nalUnit(4, 9)],
    [first(nalUnit(2, 8))],
  ]],
];

function split(chunks: readonly Uint8Array[], rate = 30) {
  const splitter = new AnnexBSplitter(rate);
  const pictures = chunks.flatMap((chunk) => splitter.push(chunk));
  return { pictures: [...pictures, ...splitter.end()], faults: splitter.faults.snapshot() };
}
const unitsOf = (bytes: Uint8Array, sizes = [bytes.length]) =>
  split(cut(bytes, sizes)).pictures.map(({ nalUnits }) => nalUnits);

for (const [name, accessUnits] of CASES) {
  Deno.test(`a byte stream into pictures: ${name}`, () => {
    const bytes = joinAnnexB(accessUnits.flat());
    for (const sizes of [[bytes.length], [1], [3, 5]]) {
      assert.deepEqual(unitsOf(bytes, sizes), accessUnits);
    }
    const { pictures } = split([bytes]);
    assert.deepEqual(
      pictures.map(({ isKey }) => isKey),
      accessUnits.map((units) => units.some((unit) => (unit[0]! & 0x1f) === 5)),
    );
  });
}

Deno.test("a picture is given out when the next one begins", () => {
  const splitter = new AnnexBSplitter(25);
  assert.deepEqual(splitter.push(joinAnnexB([first(slice(9))])), []);
  assert.deepEqual(splitter.push(Uint8Array.of(0, 0, 1)), []);
  assert.equal(splitter.push(concat(first(slice(8)), Uint8Array.of(0, 0, 1))).length, 1);
});

Deno.test("pictures follow each other at the rate, fractions included", () => {
  const bytes = joinAnnexB(Array.from({ length: 31 }, () => first(slice(9))));
  const ticks = (rate: number) => split([bytes], rate).pictures.map((picture) => picture.ticks);
  assert.deepEqual(ticks(15).slice(0, 3), [0, 6000, 12_000]);
  assert.equal(ticks(30_000 / 1001)[30], 90_090);
  assert.deepEqual(ticks(7).slice(0, 3), [0, 12_857, 25_714]);
});

Deno.test("garbage before the first start code is skipped, parameter sets without a picture too", () => {
  const picture = [SPS, PPS, first(keySlice(9))];
  const bytes = concat(Uint8Array.of(1, 2, 3, 0, 0), joinAnnexB(picture), joinAnnexB([SPS, PPS]));
  assert.deepEqual(unitsOf(bytes), [picture]);
});

Deno.test("units that can't be sent are counted and left out", () => {
  const bytes = joinAnnexB([
    first(slice(9)),
    nalUnit(24, 9),
    slice(9).with(0, 0xe1),
    first(slice(8)),
  ]);
  const { pictures, faults } = split([bytes]);
  assert.deepEqual(pictures.map(({ nalUnits }) => nalUnits), [[first(slice(9))], [
    first(slice(8)),
  ]]);
  assert.deepEqual(faults, { unsendableUnit: 2 });
});

Deno.test("a picture that is too large is dropped, and the next one says that it is missing", () => {
  const large = new Uint8Array(MAX_PICTURE_BYTES + 1).fill(0xff).with(0, 0x61);
  const half = large.subarray(0, (MAX_PICTURE_BYTES >> 1) + 1);
  const tiny = Array.from({ length: MAX_NAL_UNITS }, () => later(slice(2)));
  const tooLarge = [
    [large],
    [first(slice(9)), later(half), later(half)],
    [first(slice(9)), ...tiny],
  ];
  for (const units of tooLarge) {
    const bytes = joinAnnexB([first(slice(9)), ...units, first(slice(8)), first(slice(7))]);
    const { pictures, faults } = split(cut(bytes, [100_000]));
    const shapes = pictures.map(({ nalUnits, gapBefore }) => [nalUnits[0]!.length, gapBefore]);
    assert.deepEqual(shapes.slice(-2), [[8, true], [7, false]], `${faults}`);
    assert.ok((faults.damagedPicture ?? 0) >= 1);
  }
});

Deno.test("a stream without a start code takes no memory", () => {
  const splitter = new AnnexBSplitter(30);
  for (let count = 0; count < 100; count++) {
    assert.deepEqual(splitter.push(new Uint8Array(100_000).fill(7)), []);
  }
  assert.deepEqual(splitter.end(), []);
});

Deno.test("whatever the chunks, the pictures are the same, and no unit is lost or changed", () => {
  const units = fc.array(arbitraryUnit.filter((unit) => unit.length < 5000), { maxLength: 20 });
  fc.assert(
    fc.property(units, arbitrarySizes, (units, sizes) => {
      const bytes = joinAnnexB(units);
      const { pictures } = split([bytes]);
      assert.deepEqual(split(cut(bytes, sizes)).pictures, pictures);
      const found = pictures.flatMap(({ nalUnits }) => nalUnits);
      assert.deepEqual(found, units.slice(0, found.length));
      assert.ok(pictures.every(({ nalUnits }) => canonicalH264(nalUnits).length > 0));
    }),
    runs(150),
  );
});

Deno.test("no bytes make it throw, and each picture has a slice", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(fc.constantFrom(0, 0, 1, 0x65, 0x61, 0x67, 9, 0x80), { maxLength: 400 })
      .map((values) => Uint8Array.from(values)),
  );
  fc.assert(
    fc.property(bytes, arbitrarySizes, (bytes, sizes) => {
      for (const { nalUnits } of split(cut(bytes, sizes)).pictures) {
        assert.ok(nalUnits.some((unit) => [1, 2, 5].includes(unit[0]! & 0x1f)));
      }
    }),
    runs(1000),
  );
});

Deno.test("without a rate, pictures follow each other at the one that the stream says, else 25 in a second", () => {
  const ticksOf = (units: readonly Uint8Array[], rate?: number) => {
    const splitter = new AnnexBSplitter(rate);
    const pictures = [...splitter.push(joinAnnexB(units)), ...splitter.end()];
    return { ticks: pictures.map(({ ticks }) => ticks), hasRate: splitter.hasRate };
  };
  const [key, delta] = [first(keySlice(9)), first(slice(8))];
  const said = parseSequenceParameters(SPS)!.pictureRate!;
  const step = 90_000 / said;
  assert.deepEqual(ticksOf([key, delta, delta]), { ticks: [0, 3600, 7200], hasRate: false });
  assert.deepEqual(ticksOf([SPS, PPS, key, delta, delta]), {
    ticks: [0, Math.round(step), Math.round(2 * step)],
    hasRate: true,
  });
  assert.deepEqual(ticksOf([SPS, PPS, key, delta], 60), { ticks: [0, 1500], hasRate: true });
  const late = ticksOf([delta, SPS, PPS, key, delta]);
  assert.deepEqual(late.ticks, [0, 3600, 3600 + Math.round(step)], "the rate counts from there on");
});
