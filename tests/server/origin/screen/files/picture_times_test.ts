import assert from "node:assert/strict";
import fc from "fast-check";
import { PictureTimes } from "../../../../../server/origin/screen/files/picture_times.ts";
import type { EncodedPicture } from "../../../../../server/origin/screen/picture.ts";
import { runs } from "../../../../runs.ts";

const STEP = 3600;

function picture(ticks: number, isKey = false): EncodedPicture {
  return { ticks, isKey, gapBefore: false, bytes: new Uint8Array(1) };
}

function timesOf(sources: readonly EncodedPicture[], base = 0) {
  const times = new PictureTimes(base);
  const timed = sources.map((source) => times.push(source));
  return {
    ticks: timed.map(({ picture: { ticks } }) => ticks),
    jumps: timed.map(({ hasJumpedBack }) => hasJumpedBack),
    end: times.end,
  };
}

Deno.test("the first picture is shown at the base, and all keep their distance to it", () => {
  const { ticks, jumps, end } = timesOf([picture(1000, true), picture(4600), picture(11_800)], 90);
  assert.deepEqual(ticks, [90, 3690, 10_890]);
  assert.deepEqual(jumps, [false, false, false]);
  assert.equal(end, 10_890 + 7200);
});

Deno.test("before the first picture a turn ends at its base", () => {
  assert.equal(new PictureTimes(500).end, 500);
});

Deno.test("B-frames go back in time, and that is no jump", () => {
  const decoded = [0, 3, 1, 2, 6, 4, 5].map((place, index) => picture(place * STEP, index === 0));
  const { ticks, jumps, end } = timesOf(decoded);
  assert.deepEqual(ticks, decoded.map((source) => source.ticks));
  assert(!jumps.includes(true));
  assert.equal(end, 7 * STEP);
});

Deno.test("times that go back behind a key frame go on right after the pictures before", () => {
  const sources = [
    ...[0, 1, 2].map((place) => picture(900_000 + place * STEP, place === 0)),
    ...[0, 1, 2].map((place) => picture(place * STEP, place === 0)),
  ];
  const { ticks, jumps } = timesOf(sources);
  assert.deepEqual(ticks, [0, 1, 2, 3, 4, 5].map((place) => place * STEP));
  assert.deepEqual(jumps, [false, false, false, true, false, false]);
});

Deno.test("times that go back without a key frame are found too", () => {
  const { ticks, jumps } = timesOf([picture(0, true), picture(STEP), picture(-STEP), picture(0)]);
  assert.deepEqual(ticks, [0, STEP, 2 * STEP, 3 * STEP]);
  assert.deepEqual(jumps, [false, false, true, false]);
  const far = timesOf([picture(0, true), picture(2_000_000), picture(1_000_000)]);
  assert.deepEqual(far.jumps, [false, false, true], "no encoder reorders by 11 seconds");
});

Deno.test("a key frame at the time of the picture before is none that goes back", () => {
  assert.deepEqual(timesOf([picture(0, true), picture(0, true)]).jumps, [false, false]);
});

Deno.test("whatever the times, a key frame is never shown before a picture that came earlier", () => {
  const anyPicture = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(anyPicture, { minLength: 1 }), fc.nat(1e9), (sources, base) => {
      const pictures = sources.map(([ticks, isKey]) => picture(ticks, isKey));
      const { ticks, end } = timesOf(pictures, base);
      assert.equal(ticks[0], base);
      pictures.forEach(({ isKey }, index) => {
        if (isKey) assert(ticks.slice(0, index).every((before) => before <= ticks[index]!));
      });
      assert(end > Math.max(...ticks));
    }),
    runs(300),
  );
});
