import assert from "node:assert/strict";
import fc from "fast-check";
import { Displacement } from "../../../client/receiving/displacement.ts";
import { networkOrder, T0 } from "../starts.ts";

const FRAME = 20;

/** Gives packets every 20 ms while all before `next` were played. @returns when displacement was detected. */
function hear(numbers: readonly number[], next: (index: number) => number, reported?: number) {
  const displacement = new Displacement();
  for (const [index, sequence] of numbers.entries()) {
    const place = { sequence, next: next(index), reported: reported ?? sequence };
    if (displacement.onOriginal(place, T0 + index * FRAME)) return index * FRAME;
  }
}

const count = (length: number, first = 0) => Array.from({ length }, (_, index) => first + index);

Deno.test("a stream of which nothing is played for a second is detected", () => {
  assert.equal(hear(count(100), () => 5000), 1000);
});

Deno.test("nothing that a network does is detected as displacement", () => {
  fc.assert(fc.property(networkOrder(), (order) => {
    let highest = -1;
    const highestBefore = order.map((number) => highest = Math.max(highest, number));
    assert.equal(hear(order, (index) => highestBefore[index]! - 2), undefined);
  }));
});

Deno.test("copies, packets far from the host's reports and single old packets do not count", () => {
  const copies = [...count(100), ...count(100), ...count(100)];
  assert.equal(hear(copies, (index) => Math.min(index, 100)), undefined);
  assert.equal(
    hear(count(200), () => 5000, 5000),
    undefined,
    "replayed old packets",
  );
  assert.equal(hear(count(200), (index) => index % 40 === 0 ? 0 : 5000), undefined);
});
