import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ClockMap } from "../../../shared/studio/clock_map.ts";

const START = 1_790_000_000_000;

interface Course {
  /** Of the other clock against ours, in parts of one. */
  readonly drift: number;
  readonly seconds: number;
  readonly delays: readonly number[];
}

/** How far the map is from the truth, at each message; one comes every 20 ms. */
function errorsOf({ drift, seconds, delays }: Course): number[] {
  const map = new ClockMap();
  return Array.from({ length: seconds * 50 }, (_, index) => {
    const sent = index * 20;
    const delay = delays[index % delays.length]!;
    return map.map(sent * (1 + drift) * 1000, START + sent + delay) - (START + sent);
  });
}

Deno.test("after some seconds times are as far off as the shortest delay, however the clock drifts", () => {
  const delays = fc.array(fc.double({ noNaN: true, min: 1, max: 200 }), {
    minLength: 5,
    maxLength: 60,
  });
  fc.assert(
    fc.property(delays, fc.double({ noNaN: true, min: -3e-4, max: 3e-4 }), (given, drift) => {
      const errors = errorsOf({ drift, seconds: 60, delays: given }).slice(-500);
      const least = Math.min(...given);
      for (const error of errors) assert.ok(Math.abs(error - least) < 4, `${error}, not ${least}`);
    }),
    { numRuns: 20 },
  );
});

Deno.test("times that were evenly apart stay so", () => {
  const map = new ClockMap();
  let seed = 1;
  let before = -Infinity;
  for (let index = 0; index < 3000; index++) {
    seed = seed * 16_807 % 2_147_483_647;
    const at = map.map(index * 20_000, START + index * 20 + seed % 150);
    if (index > 100) assert.ok(Math.abs(at - before - 20) < 0.6, `${at - before} ms apart`);
    before = at;
  }
});

Deno.test("a clock that stood still, or was set, is followed", () => {
  for (const step of [-3_600_000, 10_000]) {
    const map = new ClockMap();
    let now = START;
    let theirs = 7_200_000;
    const run = (count: number) => {
      let at = 0;
      for (let index = 0; index < count; index++) {
        now += 20;
        theirs += 20;
        at = map.map(theirs * 1000, now + 3);
      }
      return at - now;
    };
    assert.ok(Math.abs(run(500) - 3) < 0.01);
    theirs += step;
    assert.ok(Math.abs(run(60) - 3) < 0.01, `after a step of ${step}`);
  }
});

Deno.test("messages that were held up for long say nothing of the clock", () => {
  const map = new ClockMap();
  for (let index = 0; index < 1000; index++) {
    const sent = index * 20;
    const isHeld = sent > 10_000 && sent < 15_000;
    const arrival = isHeld ? 15_000 : sent;
    assert.ok(Math.abs(map.map(sent * 1000, START + arrival + 3) - START - sent - 3) < 0.01);
  }
});

Deno.test("another page's clock begins anew", () => {
  const map = new ClockMap();
  map.map(9_000_000, START);
  map.reset();
  assert.equal(map.map(1000, START + 100), START + 100);
});
