import assert from "node:assert/strict";
import { Restarts } from "../../../../../server/origin/screen/desktop/restarts.ts";

Deno.test("a program that ends at once is started again after longer and longer pauses, up to 30 s", () => {
  const restarts = new Restarts();
  let now = 1000;
  const pauses = Array.from({ length: 9 }, () => {
    restarts.onStart(now);
    const pause = restarts.pauseAfterEnd(now += 100);
    now += pause;
    return pause;
  });
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("one that ran for half a minute is started again soon", () => {
  const restarts = new Restarts();
  restarts.onStart(0);
  restarts.pauseAfterEnd(1);
  restarts.pauseAfterEnd(2);
  restarts.onStart(10);
  assert.equal(restarts.pauseAfterEnd(30_010), 500);
});

Deno.test("the bitrate may change at once, then no sooner than 30 s later", () => {
  const restarts = new Restarts();
  assert.equal(restarts.bitrateChangeAt, -Infinity);
  restarts.onBitrateChange(5000);
  assert.equal(restarts.bitrateChangeAt, 35_000);
});
