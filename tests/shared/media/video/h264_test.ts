import assert from "node:assert/strict";
import fc from "fast-check";
import {
  canonicalH264,
  findStartCode,
  isKeyAccessUnit,
  isNalUnit,
  joinAnnexB,
  joinLengthPrefixed,
  nalTypeOf,
  splitAnnexB,
  splitLengthPrefixed,
} from "../../../../shared/media/video/h264.ts";
import { runs } from "../../../runs.ts";
import { arbitraryAccessUnit, information, keySlice, nalUnit, PPS, slice, SPS } from "./frames.ts";

const ascii = (...bytes: number[]) => Uint8Array.from(bytes);

Deno.test("a byte stream is cut at start codes of three and of four bytes", () => {
  const units = splitAnnexB(ascii(0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x65, 2));
  assert.deepEqual(units.map((unit) => [...unit]), [[9, 0xf0], [0x67, 1], [0x65, 2]]);
});

Deno.test("what is before the first start code, empty units and zeros at the end are left out", () => {
  const units = splitAnnexB(
    ascii(7, 7, 0, 0, 1, 0, 0, 1, 0x65, 2, 0, 0, 0, 0, 0, 1, 0x41, 3, 0, 0),
  );
  assert.deepEqual(units.map((unit) => [...unit]), [[0x65, 2], [0x41, 3]]);
  assert.deepEqual(splitAnnexB(ascii()), []);
  assert.deepEqual(splitAnnexB(ascii(0, 0, 1)), []);
  assert.deepEqual(splitAnnexB(ascii(1, 1, 0, 1, 0, 0)), []);
});

Deno.test("a start code is found from a position on", () => {
  const bytes = ascii(0, 0, 1, 5, 0, 0, 0, 1, 5);
  assert.deepEqual([0, 1, 5, 6].map((from) => findStartCode(bytes, from)), [0, 5, 5, -1]);
});

Deno.test("units survive a byte stream, and lengths before them", () => {
  fc.assert(
    fc.property(arbitraryAccessUnit, (units) => {
      assert.deepEqual(splitAnnexB(joinAnnexB(units)), units);
      assert.deepEqual(splitLengthPrefixed(joinLengthPrefixed(units)), { ok: true, value: units });
    }),
    runs(100),
  );
});

Deno.test("lengths of one, two and four bytes are read; a length past the end is junk", () => {
  const read = (bytes: Uint8Array, lengthBytes: 1 | 2 | 4) => {
    const result = splitLengthPrefixed(bytes, lengthBytes);
    return result.ok ? result.value.map((unit) => [...unit]) : result.junk;
  };
  assert.deepEqual(read(ascii(2, 0x65, 1, 0, 1, 0x41), 1), [[0x65, 1], [0x41]]);
  assert.deepEqual(read(ascii(0, 2, 0x65, 1, 0, 1, 0x41), 2), [[0x65, 1], [0x41]]);
  assert.deepEqual(read(ascii(0, 0, 0, 1, 0x41), 4), [[0x41]]);
  assert.deepEqual(read(ascii(0, 0, 0, 2, 0x41), 4), "malformedPayload");
  assert.deepEqual(read(ascii(0xff, 0xff, 0xff, 0xff, 0x41), 4), "malformedPayload");
  assert.deepEqual(read(ascii(0, 0, 0), 4), "malformedPayload");
});

Deno.test("the canonical form leaves out parameter sets, delimiter and filler, and nothing else", () => {
  const [sei, idr] = [information(9), keySlice(20)];
  const units = [ascii(9, 0xf0), SPS, PPS, sei, idr, nalUnit(12, 50)];
  assert.deepEqual(canonicalH264(units), ascii(0, 0, 0, 1, ...sei, 0, 0, 0, 1, ...idr));
  assert.deepEqual(canonicalH264([SPS]).length, 0);
});

Deno.test("an access unit is a key frame when it has an IDR slice", () => {
  assert.ok(isKeyAccessUnit([SPS, PPS, keySlice(5)]));
  assert.ok(!isKeyAccessUnit([SPS, PPS, slice(5)]));
  assert.ok(!isKeyAccessUnit([]));
});

Deno.test("types 1 to 23 without the forbidden bit are NAL units", () => {
  assert.deepEqual([nalTypeOf(ascii()), nalTypeOf(SPS), nalTypeOf(ascii(0xff))], [0, 7, 31]);
  assert.deepEqual(
    [ascii(), ascii(0x60), ascii(0x61), ascii(0xe1), ascii(0x77), ascii(0x78)].map(isNalUnit),
    [false, false, true, false, true, false],
  );
});

Deno.test("any bytes are cut into units without a start code in them, and nothing throws", () => {
  const bytes = fc.uint8Array({ maxLength: 200, max: 3 });
  fc.assert(
    fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const units = splitAnnexB(bytes);
      for (const unit of units) {
        assert.ok(unit.length > 0 && unit.at(-1) !== 0);
        assert.equal(findStartCode(unit, 0), -1);
      }
      assert.deepEqual(splitAnnexB(joinAnnexB(units)), units);
      for (const lengthBytes of [1, 2, 4] as const) splitLengthPrefixed(bytes, lengthBytes);
    }),
    runs(2000),
  );
});
