import assert from "node:assert/strict";
import fc from "fast-check";
import { AdaptiveDelay, openTarget } from "../../../../client/receiving/jitter/adaptive_delay.ts";
import { audioChannel } from "../../scripted_host.ts";
import { T0 } from "../../starts.ts";

const FRAME = 26;

function open(floor = 80, ahead = 0) {
  const delay = new AdaptiveDelay({ floor, ahead, frame: () => FRAME });
  let now = T0;
  const hear = (count: number, lateBy: number) => {
    for (let index = 0; index < count; index++) delay.onArrival(lateBy, now += FRAME);
  };
  return { delay, hear };
}

Deno.test("late packets raise the delay at once by their lateness, one late packet does not", () => {
  const { delay, hear } = open();
  hear(300, -20);
  hear(1, 40);
  assert.equal(delay.millis, 80);
  hear(10, -20);
  hear(1, 12);
  assert.equal(delay.millis, 80 + 40 + 5);
});

Deno.test("less than half a percent of late packets changes nothing", () => {
  const { delay, hear } = open();
  for (let times = 0; times < 20; times++) {
    hear(500, -20);
    hear(1, 40);
  }
  assert.equal(delay.millis, 80);
});

Deno.test("after a minute without late packets the delay shrinks by a frame every 15 s, down to its floor", () => {
  const { delay, hear } = open();
  hear(2, 60);
  assert.equal(delay.millis, 145);
  hear(Math.floor(59_900 / FRAME), -1);
  assert.equal(delay.millis, 145);
  hear(10, -1);
  assert.equal(delay.millis, 145 - FRAME);
  hear(Math.ceil(15_000 / FRAME), -1);
  assert.equal(delay.millis, 145 - 2 * FRAME);
  hear(Math.ceil(120_000 / FRAME), -1);
  assert.equal(delay.millis, 80);
});

Deno.test("the delay always stays between its floor and one second", () => {
  const arrivals = fc.array(fc.tuple(fc.nat(3000), fc.integer({ min: -200, max: 5000 })));
  fc.assert(fc.property(arrivals, fc.constantFrom(80, 200, 500), (arrivals, floor) => {
    const delay = new AdaptiveDelay({ floor, ahead: 0, frame: () => FRAME });
    let now = T0;
    for (const [gap, lateBy] of arrivals) {
      delay.onArrival(lateBy, now += gap);
      assert.ok(delay.millis >= floor && delay.millis <= 1000);
    }
  }));
});

Deno.test("the time that the host sends ahead is added to the longest delay", () => {
  for (const aheadMillis of [0, 200, 1000, 5000]) {
    const target = openTarget("normal", () => audioChannel(0, { aheadMillis }));
    assert.equal(target.millis, 200 + aheadMillis);
    const times = { mediaTime: 0, lowestTransit: T0, isRepair: false };
    for (let count = 0; count < 9; count++) target.onArrival!(300, T0 + count * FRAME, times);
    assert.equal(target.millis, 1000 + aheadMillis);
  }
});
