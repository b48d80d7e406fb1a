import assert from "node:assert/strict";
import { Pace } from "../../../shared/lane/pace.ts";

Deno.test("a burst passes at once, then one after each interval", () => {
  const pace = new Pace({ perSecond: 10, burst: 3 });
  const passed = [0, 0, 0, 0, 99, 100, 100, 199, 200].map((now) => pace.take(now));
  assert.deepEqual(passed, [true, true, true, false, false, true, false, false, true]);
});

Deno.test("at the time it names, one passes", () => {
  const pace = new Pace({ perSecond: 7, burst: 2 });
  let now = 1_700_000_000_000;
  for (let count = 0; count < 1000; count++) {
    now = Math.max(now, pace.nextAt);
    assert.ok(pace.take(now), `the ${count}th`);
  }
  assert.ok(Math.abs(now - 1_700_000_000_000 - 998 * 1000 / 7) < 1, `${now}`);
});

Deno.test("a long wait saves up one burst and no more", () => {
  const pace = new Pace({ perSecond: 10, burst: 3 });
  for (let count = 0; count < 3; count++) pace.take(0);
  const passed = Array.from({ length: 10 }, () => pace.take(1e6)).filter(Boolean);
  assert.equal(passed.length, 3);
});
