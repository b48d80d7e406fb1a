import assert from "node:assert/strict";
import { ManualClock } from "./manual_clock.ts";

const never = new AbortController().signal;

Deno.test("stands still until moved", () => {
  const clock = new ManualClock(1000);
  assert.equal(clock.now(), 1000);
  assert.equal(clock.now(), 1000);
});

Deno.test("wakes sleepers in the order of their deadlines, each at its own time", async () => {
  const clock = new ManualClock(0);
  const woken: [string, number][] = [];
  const sleep = (name: string, deadline: number) =>
    clock.sleepUntil(deadline, never).then(() => woken.push([name, clock.now()]));
  sleep("late", 30);
  sleep("soon", 10);
  await clock.advance(5);
  assert.deepEqual(woken, []);
  await clock.advance(100);
  assert.deepEqual(woken, [["soon", 10], ["late", 30]]);
  assert.equal(clock.now(), 105);
});

Deno.test("a loop that sleeps again is stepped through", async () => {
  const clock = new ManualClock(0);
  const ticks: number[] = [];
  const stopping = new AbortController();
  const loop = (async () => {
    for (let next = 10; !stopping.signal.aborted; next += 10) {
      await clock.sleepUntil(next, stopping.signal);
      ticks.push(clock.now());
    }
  })();
  await clock.advance(35);
  stopping.abort();
  await loop;
  assert.deepEqual(ticks, [10, 20, 30, 35]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a deadline that has passed, or a signal that is aborted, does not wait", async () => {
  const clock = new ManualClock(50);
  await clock.sleepUntil(50, never);
  await clock.sleepUntil(99, AbortSignal.abort());
  assert.equal(clock.sleeperCount, 0);
});
