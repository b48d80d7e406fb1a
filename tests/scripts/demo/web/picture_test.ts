import assert from "node:assert/strict";
import fc from "fast-check";
import { KEPT_PACKETS } from "../../../../shared/page/page_network.ts";
import { nextChosen } from "../../../../scripts/demo/web/components/lane_keys.ts";
import {
  firstShown,
  gridFor,
  packetAt,
  placeOf,
} from "../../../../scripts/demo/web/picture/grid.ts";

Deno.test("at any width each shown packet has a place of its own inside, and is found there", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 2000 }),
    fc.integer({ min: -70_000, max: 200_000 }),
    (width, newest) => {
      const grid = gridFor(width);
      const first = firstShown(grid, newest);
      const places = new Set<string>();
      for (let sequence = first; sequence <= newest; sequence++) {
        const place = placeOf(grid, sequence);
        assert.equal(packetAt(grid, newest, place), sequence);
        assert.ok(place.y > 0 && place.y < grid.height);
        if (width >= 14) assert.ok(place.x > 0 && place.x < width);
        places.add(`${place.x} ${place.y}`);
      }
      assert.equal(places.size, Math.max(newest - first + 1, 0));
      assert.ok(grid.columns * grid.rows <= KEPT_PACKETS);
    },
  ));
});

Deno.test("a packet keeps its place as others come, until it is the oldest", () => {
  const grid = gridFor(1160);
  const before = placeOf(grid, 1000);
  for (let newest = 1000; firstShown(grid, newest) <= 1000; newest++) {
    assert.equal(packetAt(grid, newest, before), 1000);
  }
});

Deno.test("outside of the lane, and where the next packets will stand, there is none", () => {
  const grid = gridFor(1160);
  const outside = [{ x: -1, y: 5 }, { x: 5, y: -1 }, { x: 1159, y: 5 }, { x: 5, y: grid.height }];
  for (const point of outside) assert.equal(packetAt(grid, 500, point), undefined);
  assert.equal(packetAt(grid, 500, placeOf(grid, 501)), undefined);
});

Deno.test("keys go from packet to packet and from loss to loss, and stay inside", () => {
  const packets = new Map(
    [10, 11, 12, 13, 14, 15].map((sequence) => [
      sequence,
      { sequence, sentAt: 0, isDropped: sequence % 4 === 0 },
    ]),
  );
  const range = { first: 10, last: 15 };
  const press = (key: string, chosen?: number) => nextChosen(key, chosen, range, packets);
  assert.equal(press("ArrowLeft"), 15);
  assert.equal(press("ArrowLeft", 15), 14);
  assert.equal(press("ArrowRight", 15), 15);
  assert.equal(press("ArrowUp", 11), 12);
  assert.equal(press("ArrowLeft", 10), 10);
  assert.equal(press("ArrowLeft", 3), 10, "a packet that is gone");
  assert.equal(press("Home", 12), 10);
  assert.equal(press("End", 12), 15);
  assert.equal(press("PageUp"), 12);
  assert.equal(press("PageUp", 12), 12);
  assert.equal(press("PageDown", 10), 12);
  assert.equal(press("Tab", 12), undefined);
});
