import assert from "node:assert/strict";
import { Backoff, CookieTrials } from "../../../client/joining/retries.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { T0 } from "../starts.ts";

const OPTIONS = { first: 100, growth: 2, longest: 800 };

Deno.test("waits grow up to the longest, each within 25 % of its mean", () => {
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

Deno.test("many listeners wait for different times", () => {
  const waits = Array.from(
    { length: 50 },
    (_, seed) => new Backoff(OPTIONS, new SeededRng(seed)).next(),
  );
  assert.ok(new Set(waits).size > 45);
});

/** How long a cookie is tried that came `millis` after its first request. */
function trial(trials: CookieTrials, millis: number): number {
  trials.onAsked(T0);
  trials.onAsked(T0 + millis / 2);
  return trials.onCookie(T0 + millis) - (T0 + millis);
}

Deno.test("a cookie is tried for a second, or for 1.5 times as long as it took to come", () => {
  assert.deepEqual(
    [0, 40, 600, 1000, 2000, 7000].map((millis) => trial(new CookieTrials(), millis)),
    [
      1000,
      1000,
      1000,
      1500,
      3000,
      4000,
    ],
  );
});

Deno.test("each cookie is tried for twice as long as the one before, up to a limit, until a reset", () => {
  const trials = new CookieTrials();
  assert.deepEqual([40, 40, 40, 40].map((millis) => trial(trials, millis)), [
    1000,
    2000,
    4000,
    4000,
  ]);
  trials.reset();
  assert.equal(trial(trials, 40), 1000);
  assert.equal(trial(trials, 2000), 3000);
});

Deno.test("a cookie without a request, such as a late copy, does not measure the path", () => {
  assert.equal(new CookieTrials().onCookie(T0) - T0, 1000);
});
