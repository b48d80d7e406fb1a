import assert from "node:assert/strict";
import fc from "fast-check";
import { Displacement } from "../../../client/receiving/displacement.ts";
import { networkOrder, T0 } from "../starts.ts";

const FRAME = 20;

/** Packets that come every 20 ms while all before `next` were played. @returns when it was noticed. */
function hear(numbers: readonly number[], next: (index: number) => number, reported?: number) {
  const displacement = new Displacement();
  for (const [index, sequence] of numbers.entries()) {
    const place = { sequence, next: next(index), reported: reported ?? sequence };
    if (displacement.onOriginal(place, T0 + index * FRAME)) return index * FRAME;
  }
}

const count = (length: number, first = 0) => Array.from({ length }, (_, index) => first + index);

Deno.test("a stream of which a second long nothing is played is noticed", () => {
  assert.equal(hear(count(100), () => 5000), 1000);
});

Deno.test("whatever a network does, it takes nothing for that", () => {
  fc.assert(fc.property(networkOrder(), (order) => {
    let highest = -1;
    const highestBefore = order.map((number) => highest = Math.max(highest, number));
    assert.equal(hear(order, (index) => highestBefore[index]! - 2), undefined);
  }));
});

Deno.test("copies, packets far from the host's reports, and some of many don't count", () => {
  const copies = [...count(100), ...count(100), ...count(100)];
  assert.equal(hear(copies, (index) => Math.min(index, 100)), undefined);
  assert.equal(
    hear(count(200), () => 5000, 5000),
    undefined,
    "an old stretch that somebody replays",
  );
  assert.equal(hear(count(200), (index) => index % 40 === 0 ? 0 : 5000), undefined);
});
