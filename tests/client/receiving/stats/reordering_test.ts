import assert from "node:assert/strict";
import fc from "fast-check";
import { Reordering } from "../../../../client/receiving/stats/reordering.ts";
import { networkOrder, STARTS } from "../../starts.ts";

/** RFC 4737 sections 3.3 and 4.2.2, computed from the whole list of arrivals. */
function extents(arrivals: readonly number[]): number[] {
  return arrivals.map((number, index) => {
    const earliestAbove = arrivals.findIndex((other) => other > number);
    return earliestAbove !== -1 && earliestAbove < index ? index - earliestAbove : 0;
  });
}

for (const start of STARTS) {
  Deno.test(`reordered packets and their extents are as in RFC 4737, from ${start}`, () => {
    fc.assert(fc.property(networkOrder(), (order) => {
      const arrivals = [...new Set(order)];
      const reordering = new Reordering();
      const measured = arrivals.map((number) => reordering.onPacket(start + number));
      const expected = extents(arrivals);
      assert.deepEqual(measured, expected);
      assert.equal(reordering.reordered, expected.filter((extent) => extent > 0).length);
    }));
  });
}

Deno.test("when a block overtakes another, the extents of the late block grow", () => {
  const reordering = new Reordering();
  const measured = [1, 2, 3, 7, 8, 9, 10, 4, 5, 6].map((number) => reordering.onPacket(number));
  assert.deepEqual(measured, [0, 0, 0, 0, 0, 0, 0, 4, 5, 6]);
});

Deno.test("a loss alone is no reordering", () => {
  const reordering = new Reordering();
  for (const number of [1, 2, 5, 6, 9]) reordering.onPacket(number);
  assert.equal(reordering.reordered, 0);
});
