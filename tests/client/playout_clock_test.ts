import assert from "node:assert/strict";
import { PlayoutClock } from "../../client/playout_clock.ts";
import { T0 } from "./starts.ts";

Deno.test("the lowest transit is the fastest packet's", () => {
  const clock = new PlayoutClock();
  assert.equal(clock.lowestTransit, Infinity);
  clock.onPacket(0, T0 + 30);
  clock.onPacket(20, T0 + 35);
  clock.onPacket(40, T0 + 90);
  assert.equal(clock.lowestTransit, T0 + 15);
});

Deno.test("a minimum is forgotten after two minutes, so that drift is followed", () => {
  const clock = new PlayoutClock();
  // The host's clock is slow by 100 ppm: transits grow by 0.1 ms a second.
  let worst = 0;
  for (let second = 0; second < 3600; second++) {
    const transit = 20 + second * 0.1;
    clock.onPacket(second * 1000, T0 + second * 1000 + transit);
    worst = Math.max(worst, T0 + transit - clock.lowestTransit);
  }
  assert.ok(worst <= 12.1, `behind by ${worst} ms`);
});

Deno.test("a faster host is followed at once", () => {
  const clock = new PlayoutClock();
  for (let second = 0; second < 600; second++) {
    const transit = 50 - second * 0.1;
    clock.onPacket(second * 1000, T0 + second * 1000 + transit);
    assert.ok(Math.abs(clock.lowestTransit - (T0 + transit)) < 0.001);
  }
});

Deno.test("a restart forgets the path there was", () => {
  const clock = new PlayoutClock();
  clock.onPacket(0, T0);
  clock.restart(1000, T0 + 1500);
  assert.equal(clock.lowestTransit, T0 + 500);
});
