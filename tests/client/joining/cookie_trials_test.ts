import assert from "node:assert/strict";
import { CookieTrials } from "../../../client/joining/cookie_trials.ts";
import { T0 } from "../starts.ts";

/** How long a cookie is tried that came `millis` after it was first asked for. */
function trial(trials: CookieTrials, millis: number): number {
  trials.onAsked(T0);
  trials.onAsked(T0 + millis / 2);
  return trials.onCome(T0 + millis) - (T0 + millis);
}

Deno.test("a cookie is tried for a second, and where it was long in coming for half as much again", () => {
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

Deno.test("each is tried twice as long as the one before, up to a limit, until all begins anew", () => {
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

Deno.test("one that nobody asked for, a late copy, is no measure of the path", () => {
  assert.equal(new CookieTrials().onCome(T0) - T0, 1000);
});
