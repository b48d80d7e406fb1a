import assert from "node:assert/strict";
import fc from "fast-check";
import {
  between,
  happens,
  pickWeighted,
  shuffle,
  waitFor,
} from "../../../../server/origin/simulation/chance.ts";
import { type Rng, SeededRng } from "../../../../shared/core/rng.ts";
import { runs } from "../../../runs.ts";

/** Returns always the same number, to test the limits. */
const always = (value: number): Rng => ({
  float: () => value,
  uint32: () => Math.floor(value * 2 ** 32),
  bytes: (length) => new Uint8Array(length),
});
const highest = 1 - 2 ** -32;

Deno.test("between gives both ends and nothing beyond", () => {
  assert.equal(between(always(0), 3, 5), 3);
  assert.equal(between(always(highest), 3, 5), 5);
  assert.equal(between(always(highest), 4, 4), 4);
});

Deno.test("probability 1 always happens, probability 0 never", () => {
  assert.ok(happens(always(highest), 1));
  assert.ok(!happens(always(0), 0));
});

Deno.test("waits are finite and above nothing, and average to the rate", () => {
  assert.ok(Number.isFinite(waitFor(always(highest), 2)));
  const rng = new SeededRng(1);
  let sum = 0;
  for (let time = 0; time < 20_000; time++) sum += waitFor(rng, 4);
  assert.ok(Math.abs(sum / 20_000 - 0.25) < 0.01, `${sum / 20_000}`);
});

Deno.test("weights are shares, and a weight of 0 is never picked, at either edge", () => {
  const weightOf = (choice: string) => ({ a: 0, b: 1, c: 3, d: 0 })[choice]!;
  const choices = ["a", "b", "c", "d"];
  assert.equal(pickWeighted(always(0), choices, weightOf), "b");
  assert.equal(pickWeighted(always(highest), choices, weightOf), "c");
  const rng = new SeededRng(2);
  let picked = 0;
  for (let time = 0; time < 10_000; time++) {
    if (pickWeighted(rng, choices, weightOf) === "c") picked++;
  }
  assert.ok(Math.abs(picked / 10_000 - 0.75) < 0.02, `${picked}`);
  assert.throws(() => pickWeighted(rng, choices, () => 0), RangeError);
});

Deno.test("shuffling keeps every item and leaves the original alone", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const before = [...items];
      const shuffled = shuffle(new SeededRng(seed), items);
      assert.deepEqual(items, before);
      assert.deepEqual(shuffled.toSorted(), items.toSorted());
    }),
    runs(200),
  );
});
