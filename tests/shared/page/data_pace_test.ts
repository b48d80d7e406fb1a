import assert from "node:assert/strict";
import { DataPace } from "../../../shared/page/data_pace.ts";

function paced(count: number, time: number, at = time): DataPace {
  const pace = new DataPace();
  for (let number = 0; number < count; number++) pace.push(1e12 + number * time, number * at);
  return pace;
}

Deno.test("the interval is known from the third message on, and patience is three of it", () => {
  assert.equal(paced(2, 2000).interval, undefined);
  assert.equal(paced(2, 2000).patience, Infinity);
  assert.equal(paced(3, 2000).interval, 2000);
  assert.equal(paced(3, 2000).patience, 6000);
});

Deno.test("a fast source is not stale within a second, and one gap changes nothing", () => {
  const pace = paced(60, 16);
  pace.push(2e12, 90_000);
  pace.push(2e12 + 16, 90_016);
  assert.equal(pace.interval, 16);
  assert.equal(pace.patience, 1000);
});

Deno.test("a source without a moving clock, or with a fast one, is measured by when its messages come", () => {
  assert.equal(paced(5, 0, 3000).interval, 3000);
  assert.equal(paced(5, 1000, 2000).interval, 2000);
});

Deno.test("the interval is a number that JSON can say, however far times are apart", () => {
  const pace = new DataPace();
  for (let turn = 0; turn < 3; turn++) {
    pace.push(-1.7e308, turn * 2000);
    pace.push(1.7e308, turn * 2000 + 1000);
  }
  assert.equal(JSON.parse(JSON.stringify(pace.interval)), Number.MAX_VALUE);
});

Deno.test("what another has measured holds until two steps were seen", () => {
  const pace = new DataPace();
  pace.assume(5000);
  assert.equal(pace.interval, 5000);
  for (const time of [0, 100, 200]) pace.push(time, time);
  assert.equal(pace.interval, 100);
});
