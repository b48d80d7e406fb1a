import assert from "node:assert/strict";
import {
  beginPeriod,
  clockAfter,
  clockBeforeMatch,
  periodAfter,
  readMatchClock,
  resumeClock,
  setClock,
  startClock,
  stopClock,
} from "../../../../server/studio/match/match_clock.ts";
import { EVENT_TYPES, formatClock } from "../../../../shared/event/event.ts";
import { START } from "../../kit.ts";

const MINUTE = 60_000;

Deno.test("a clock runs from where it was started, and stands where it was stopped", () => {
  const running = startClock(clockBeforeMatch(START), START + 100);
  assert.equal(readMatchClock(running, START + 1600), 1500);
  assert.equal(readMatchClock(running, START), 0, "time that runs backwards changes nothing");
  const again = startClock(running, START + 1100);
  assert.equal(readMatchClock(again, START + 1600), 1500);
  const stopped = stopClock(again, START + 2100);
  assert.equal(readMatchClock(stopped, START + MINUTE), 2000);
});

Deno.test("a clock that is set runs on if it ran", () => {
  const running = startClock(clockBeforeMatch(START), START);
  const set = setClock(running, { millis: 30 * MINUTE }, START + 500);
  assert.deepEqual([readMatchClock(set, START + 1500), set.period], [30 * MINUTE + 1000, 1]);
  const standing = setClock(stopClock(set, START), { millis: 0, period: 4 }, START);
  assert.deepEqual([readMatchClock(standing, START + 500), standing.period], [0, 4]);
});

Deno.test("football's periods begin at their minutes, others where the clock is", () => {
  const clock = setClock(clockBeforeMatch(START), { millis: 77 * MINUTE }, START);
  const begun = [1, 2, 3, 4, 5, 6].map((period) =>
    beginPeriod(clock, period, START).millis / MINUTE
  );
  assert.deepEqual(begun, [0, 45, 90, 105, 120, 77]);
});

Deno.test("whistles start and stop the clock; other events leave it", () => {
  const { kickOff, halfTime, secondHalf, fullTime, goal } = EVENT_TYPES;
  const clock = { ...clockBeforeMatch(START), isRunning: true };
  const at = START + 47 * MINUTE;
  assert.equal(clockAfter(goal, clock, undefined, at), undefined);
  const half = clockAfter(halfTime, clock, undefined, at)!;
  assert.deepEqual([half.millis, half.isRunning], [47 * MINUTE, false]);
  assert.equal(periodAfter(kickOff, clock, undefined), 1);
  assert.equal(periodAfter(kickOff, clock, { type: fullTime, period: 2 }), 3);
  assert.equal(periodAfter(secondHalf, { ...clock, period: 3 }, undefined), 4);
  const second = clockAfter(secondHalf, half, undefined, at)!;
  assert.deepEqual([second.millis, second.period, second.isRunning], [45 * MINUTE, 2, true]);
});

Deno.test("a clock stops at the last time that can be written", () => {
  const clock = { millis: 990 * MINUTE, at: START, period: 1, isRunning: true };
  assert.equal(formatClock(readMatchClock(clock, START + 60 * MINUTE)), "999:59");
});

Deno.test("a clock goes on over a short absence, and stands still after a long one", () => {
  const clock = { millis: MINUTE, at: START, period: 1, isRunning: true };
  assert.equal(
    readMatchClock(resumeClock(clock, START + 9 * MINUTE), START + 10 * MINUTE),
    11 * MINUTE,
  );
  const late = START + 121 * MINUTE;
  assert.deepEqual(resumeClock(clock, late), { ...clock, at: late, isRunning: false });
});
