import assert from "node:assert/strict";
import { PauseWatch } from "../../client/pause_watch.ts";
import { T0 } from "./starts.ts";

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
