import assert from "node:assert/strict";
import fc from "fast-check";
import { ReplayWindow } from "../../../shared/secrecy/replay_window.ts";

Deno.test("each number is new once, whatever the order they come in", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 - 200 }),
      fc.array(fc.integer({ min: 0, max: 127 })),
      (start, offsets) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        for (const offset of offsets) {
          assert.equal(window.accept(start + offset), !seen.has(offset));
          seen.add(offset);
        }
      },
    ),
  );
});

Deno.test("what is 128 behind the newest is old, what is 127 behind is not", () => {
  const window = new ReplayWindow();
  assert.equal(window.accept(1000), true);
  assert.equal(window.accept(872), false);
  assert.equal(window.accept(873), true);
  assert.equal(window.accept(873), false);
});

Deno.test("a long leap ahead forgets nothing that matters", () => {
  const window = new ReplayWindow();
  for (const index of [0, 1, 2, 1_000_000]) assert.equal(window.accept(index), true);
  for (const index of [0, 1, 2, 1_000_000]) assert.equal(window.accept(index), false);
  assert.equal(window.accept(999_999), true);
});

Deno.test("property: any order, with leaps and returns, as a set of all that came would have it", () => {
  const step = fc.oneof(fc.integer({ min: -140, max: 3 }), fc.integer({ min: 0, max: 300 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      for (const by of steps) {
        const index = Math.max(highest + by, 0);
        assert.equal(window.accept(index), index > highest - 128 && !seen.has(index), `${index}`);
        seen.add(index);
        highest = Math.max(highest, index);
      }
    }),
  );
});

Deno.test("the highest index there is is new once", () => {
  const window = new ReplayWindow();
  for (const index of [2 ** 31 - 2, 2 ** 31 - 1]) assert.equal(window.accept(index), true);
  for (const index of [2 ** 31 - 2, 2 ** 31 - 1]) assert.equal(window.accept(index), false);
});
