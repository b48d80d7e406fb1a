import assert from "node:assert/strict";
import { PauseWatch } from "../../../client/core/pause_watch.ts";
import { T0 } from "../starts.ts";

Deno.test("a program that is called in time excuses nothing", () => {
  const watch = new PauseWatch();
  watch.onInput(T0, T0 + 20);
  watch.onInput(undefined, T0 + 5000);
  watch.onInput(T0 + 9000, T0 + 6000);
  assert.equal(watch.excuses(T0 + 20), false);
  assert.equal(watch.excuses(T0 + 6000), false);
});

Deno.test("after a pause, what is read right then is excused, and soon nothing more", () => {
  const watch = new PauseWatch();
  watch.onInput(T0, T0 + 700);
  assert.equal(watch.excuses(T0 + 700), true);
  assert.equal(watch.excuses(T0 + 790), true);
  assert.equal(watch.excuses(T0 + 900), false);
});

Deno.test("how long it stood still is told once, however much is read then", () => {
  const watch = new PauseWatch();
  assert.equal(watch.onInput(T0, T0 - 5), 0);
  assert.equal(watch.onInput(T0, T0 + 30_000), 30_000);
  assert.equal(watch.onInput(T0, T0 + 30_000), 0);
  assert.equal(watch.onInput(T0, T0 + 30_002), 2);
  assert.equal(watch.onInput(undefined, T0 + 60_000), 0);
});
