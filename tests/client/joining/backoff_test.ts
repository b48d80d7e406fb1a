import assert from "node:assert/strict";
import { Backoff } from "../../../client/joining/backoff.ts";
import { SeededRng } from "../../../shared/core/rng.ts";

const OPTIONS = { first: 100, growth: 2, longest: 800 };

Deno.test("waits grow up to the longest, each within a quarter of its middle", () => {
  for (let seed = 0; seed < 200; seed++) {
    const backoff = new Backoff(OPTIONS, new SeededRng(seed));
    for (const middle of [100, 200, 400, 800, 800, 800]) {
      const wait = backoff.next();
      assert.ok(wait >= middle * 0.75 && wait <= middle * 1.25, `${wait} is not about ${middle}`);
    }
    backoff.reset();
    assert.ok(backoff.next() <= 125);
  }
});

Deno.test("many listeners do not wait in step", () => {
  const waits = Array.from(
    { length: 50 },
    (_, seed) => new Backoff(OPTIONS, new SeededRng(seed)).next(),
  );
  assert.ok(new Set(waits).size > 45);
});
