import assert from "node:assert/strict";
import fc from "fast-check";
import { pick, SeededRng } from "../../../shared/core/rng.ts";
import { runs } from "../../runs.ts";

const MASK = 0xffff_ffffn;

/** sfc32 as PractRand states it, in exact integers of its own. */
function* reference(seed: bigint): Generator<number> {
  let [a, b, c, counter] = [seed & MASK, seed >> 32n, 0x9e3779b9n, 1n];
  for (let round = 0;; round++) {
    const sum = (a + b + counter) & MASK;
    counter = (counter + 1n) & MASK;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & MASK;
    c = ((((c << 21n) | (c >> 11n)) & MASK) + sum) & MASK;
    if (round >= 15) yield Number(sum);
  }
}

Deno.test("gives sfc32's numbers, for seeds of up to 53 bits", () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (seed) => {
      const rng = new SeededRng(seed);
      const expected = reference(BigInt(seed));
      for (let index = 0; index < 50; index++) {
        assert.equal(rng.uint32(), expected.next().value);
      }
    }),
    runs(100),
  );
});

Deno.test("a seed's run never changes, or recorded runs could not be repeated", () => {
  const first = (seed: number) => {
    const rng = new SeededRng(seed);
    return [rng.uint32(), rng.uint32(), rng.uint32()];
  };
  assert.deepEqual(first(0), [3300212312, 1743954244, 207519241]);
  assert.deepEqual(first(42), [3893884377, 145076852, 3246010591]);
});

Deno.test("neighbouring seeds have nothing in common", () => {
  const ones = new Set(Array.from({ length: 1000 }, (_, seed) => new SeededRng(seed).uint32()));
  assert.equal(ones.size, 1000);
});

Deno.test("floats fill [0, 1) evenly, bit by bit and in pairs", () => {
  const rng = new SeededRng(9);
  const cells = 16;
  const counts = new Array<number>(cells * cells).fill(0);
  const draws = 51_200;
  for (let draw = 0; draw < draws; draw++) {
    const [x, y] = [rng.float(), rng.float()];
    assert.ok(x >= 0 && x < 1 && y >= 0 && y < 1);
    counts[Math.floor(x * cells) * cells + Math.floor(y * cells)]!++;
  }
  // Chi-squared with 255 degrees of freedom: within five deviations of its mean.
  const expected = draws / counts.length;
  const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(Math.abs(chiSquared - 255) < 5 * Math.sqrt(2 * 255), `${chiSquared}`);
});

Deno.test("bytes are as many as asked, each value as likely", () => {
  const rng = new SeededRng(3);
  assert.equal(rng.bytes(0).length, 0);
  const counts = new Array<number>(256).fill(0);
  for (const byte of rng.bytes(51_200)) counts[byte]!++;
  const chiSquared = counts.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
  assert.ok(Math.abs(chiSquared - 255) < 5 * Math.sqrt(2 * 255), `${chiSquared}`);
});

Deno.test("picks every choice, and nothing of nothing", () => {
  const rng = new SeededRng(1);
  const picked = new Set(Array.from({ length: 200 }, () => pick(rng, ["a", "b", "c"])));
  assert.deepEqual([...picked].sort(), ["a", "b", "c"]);
  assert.throws(() => pick(rng, []), RangeError);
});
