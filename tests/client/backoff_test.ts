import assert from "node:assert/strict";
import { Backoff } from "../../client/backoff.ts";
import { SeededRng } from "../../shared/core/rng.ts";

Deno.test("waits double up to the longest, each within a quarter of its middle", () => {
  for (let seed = 0; seed < 200; seed++) {
    const backoff = new Backoff({ first: 250, longest: 2000 }, new SeededRng(seed));
    for (const middle of [250, 500, 1000, 2000, 2000, 2000]) {
      const wait = backoff.next();
      assert.ok(wait >= middle * 0.75 && wait <= middle * 1.25, `${wait} is not about ${middle}`);
    }
    backoff.reset();
    assert.ok(backoff.next() <= 312.5);
  }
});

Deno.test("many listeners do not wait in step", () => {
  const waits = Array.from(
    { length: 50 },
    (_, seed) => new Backoff({ first: 250, longest: 2000 }, new SeededRng(seed)).next(),
  );
  assert.ok(new Set(waits).size > 45);
});
