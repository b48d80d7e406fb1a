import assert from "node:assert/strict";
import { PlayoutClock } from "../../../../client/receiving/jitter/playout_clock.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { T0 } from "../../starts.ts";

const PACKET_MILLIS = 20;

/** Gives packets with the least transit `floor` for a time. @returns the largest error of the map at the end. */
function run(
  clock: PlayoutClock,
  floor: (seconds: number) => number,
  { from = 0, seconds = 600, settle = 0, jitter = 0, seed = 1 } = {},
) {
  const rng = new SeededRng(seed);
  let early = 0;
  let late = 0;
  for (let time = from * 1000; time < (from + seconds) * 1000; time += PACKET_MILLIS) {
    const least = floor(time / 1000);
    clock.onPacket(time, T0 + time + least + jitter * rng.float());
    if (time < (from + settle) * 1000) continue;
    const error = clock.lowestTransit - (T0 + least);
    early = Math.max(early, -error);
    late = Math.max(late, error);
  }
  return { early, late };
}

Deno.test("the lowest transit is the fastest packet's", () => {
  const clock = new PlayoutClock();
  assert.equal(clock.lowestTransit, Infinity);
  clock.onPacket(0, T0 + 30);
  clock.onPacket(20, T0 + 35);
  clock.onPacket(40, T0 + 90);
  assert.equal(clock.lowestTransit, T0 + 15);
});

for (const ppm of [-150, -100, -10, 0, 10, 100, 150]) {
  Deno.test(`a drift of ${ppm} ppm is followed for hours without lag, in spite of jitter`, () => {
    const clock = new PlayoutClock();
    const floor = (seconds: number) => 20 + seconds * ppm / 1000;
    const { early, late } = run(clock, floor, { seconds: 7200, settle: 120, jitter: 10 });
    assert.ok(early < 1, `early by ${early} ms`);
    assert.ok(late < 1, `late by ${late} ms`);
    assert.ok(Math.abs(clock.skew - ppm / 1e6) < 10e-6, `skew ${clock.skew}`);
  });
}

Deno.test("within the first minute jitter is not taken for drift", () => {
  const clock = new PlayoutClock();
  run(clock, () => 20, { seconds: 59, jitter: 50 });
  assert.equal(clock.skew, 0);
});

Deno.test("a path that becomes slower or faster is not taken for drift for long", () => {
  for (const step of [-40, 40]) {
    const clock = new PlayoutClock();
    run(clock, () => 60, { seconds: 300, jitter: 2 });
    const moved = run(clock, () => 60 + step, { from: 300, seconds: 130, jitter: 2 });
    assert.ok(moved.late <= 2.5, `late by ${moved.late} ms: media would be lost`);
    const settled = run(clock, () => 60 + step, { from: 430, seconds: 60, jitter: 2 });
    assert.ok(settled.early < 1 && settled.late < 2, `off by ${JSON.stringify(settled)}`);
    assert.ok(Math.abs(clock.skew) < 20e-6, `skew ${clock.skew}`);
  }
});

Deno.test("the slope is bounded, so a delay that keeps growing is not followed", () => {
  const clock = new PlayoutClock();
  run(clock, (seconds) => 20 + seconds * 2, { seconds: 600 });
  assert.equal(clock.skew, 200e-6);
});

Deno.test("a minute of queueing does not change the slope", () => {
  const clock = new PlayoutClock();
  const floor = (seconds: number) => 20 + seconds * 0.05;
  run(clock, floor, { seconds: 300, jitter: 5 });
  run(clock, (seconds) => floor(seconds) + 80, { from: 300, seconds: 30, jitter: 5 });
  const { early, late } = run(clock, floor, { from: 330, seconds: 60, jitter: 5 });
  assert.ok(early < 3 && late < 1, `early ${early}, late ${late}`);
});

Deno.test("a restart forgets the path and keeps the slope of the clocks", () => {
  const clock = new PlayoutClock();
  run(clock, (seconds) => 20 + seconds / 10, { seconds: 300 });
  const { skew } = clock;
  clock.restart(400_000, T0 + 400_000 + 500);
  assert.equal(clock.lowestTransit, T0 + 500);
  assert.equal(clock.skew, skew);
});
