import assert from "node:assert/strict";
import { AccessUnits } from "../../../../server/origin/screen/access_units.ts";
import { NalScanner } from "../../../../server/origin/screen/nal_scanner.ts";
import { MAX_PICTURE_BYTES } from "../../../../server/origin/screen/picture.ts";
import { joinAnnexB } from "../../../../shared/media/video/h264.ts";
import { slice } from "../../../shared/media/video/frames.ts";

const first = (unit: Uint8Array) => unit.with(1, unit[1]! | 0x80);

Deno.test("units come with the positions of their start codes", () => {
  const scanner = new NalScanner();
  const [one, two] = [slice(10), slice(20)];
  const units = [...scanner.push(joinAnnexB([one, two])), ...scanner.end()];
  // A start code is the last three of four bytes.
  assert.deepEqual(units, [
    { unit: one, position: 1, isAfterLoss: false },
    { unit: two, position: 4 + 10 + 1, isAfterLoss: false },
  ]);
});

Deno.test("a unit that is too large is dropped once, and the next one says so", () => {
  const scanner = new NalScanner();
  scanner.push(Uint8Array.of(0, 0, 1, 0x61));
  const part = new Uint8Array(MAX_PICTURE_BYTES / 4).fill(0xff);
  for (let count = 0; count < 12; count++) assert.deepEqual(scanner.push(part), []);
  assert.equal(scanner.oversized, 1);
  const behind = [...scanner.push(joinAnnexB([slice(9), slice(8)])), ...scanner.end()];
  const told = behind.map(({ unit, isAfterLoss }) => [unit.length, isAfterLoss]);
  assert.deepEqual(told, [[9, true], [8, false]]);
});

Deno.test("after a reset the unit under way is gone, and positions go on", () => {
  const scanner = new NalScanner();
  scanner.push(Uint8Array.of(0, 0, 1, 0x61, 1, 2));
  scanner.reset();
  assert.equal(scanner.position, 6);
  const units = [...scanner.push(Uint8Array.of(3, 4, 0, 0, 1, 0x41, 5)), ...scanner.end()];
  assert.deepEqual(units, [{ unit: Uint8Array.of(0x41, 5), position: 8, isAfterLoss: true }]);
});

Deno.test("a picture behind a loss says so, the first of all too; one without its beginning is dropped", () => {
  const feed = (units: readonly (readonly [Uint8Array, boolean])[]) => {
    const accessUnits = new AccessUnits();
    const found = units.map(([unit, isAfterLoss]) =>
      accessUnits.push({ unit, position: 0, isAfterLoss })
    );
    const pictures = [...found, accessUnits.end()].filter((picture) => picture !== undefined);
    return [
      pictures.map(({ nalUnits, gapBefore }) => [nalUnits[0]!.length, gapBefore]),
      accessUnits.faults.snapshot(),
    ];
  };
  const [one, two, three] = [first(slice(5)), first(slice(6)), first(slice(7))];
  const middle = slice(8).with(1, 1);
  assert.deepEqual(feed([[one, true], [two, false]]), [[[5, true], [6, false]], {}]);
  assert.deepEqual(feed([[one, false], [two, true]]), [[[6, true]], { damagedPicture: 1 }]);
  assert.deepEqual(feed([[one, false], [middle, true], [three, false]]), [
    [[7, true]],
    { damagedPicture: 2 },
  ]);
});
