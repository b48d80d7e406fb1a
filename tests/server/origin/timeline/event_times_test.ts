import assert from "node:assert/strict";
import fc from "fast-check";
import { EventTimes, inWords, readTime } from "../../../../server/origin/timeline/event_times.ts";
import { START } from "../../kit.ts";

const HOUR = 3_600_000;

function place(...times: (number | undefined)[]) {
  const places = new EventTimes();
  return times.map((time, index) => places.place(time, index + 1));
}

const ats = (...times: (number | undefined)[]) =>
  place(...times).map(({ at }) => at === undefined ? undefined : at - START);

Deno.test("a time is read by its size: seconds, milliseconds, microseconds, nanoseconds", () => {
  assert.deepEqual(readTime(START), { millis: START });
  assert.deepEqual(readTime(START / 1000), { millis: START, unit: "seconds" });
  assert.deepEqual(readTime(1763600000.5), { millis: 1763600000500, unit: "seconds" });
  assert.deepEqual(readTime(START * 1000), { millis: START, unit: "microseconds" });
  assert.deepEqual(readTime(START * 1e6), { millis: START, unit: "nanoseconds" });
  for (const time of [0, 60_000, 5_400_000, 900_000_000_000]) {
    assert.deepEqual(
      readTime(time),
      { millis: time },
      "a match of long ago, or one told from 0 on",
    );
  }
});

Deno.test("times of one match are their places", () => {
  assert.deepEqual(ats(START, START + 5000, undefined, START + 4000, START + 2 * HOUR), [
    ...[0, 5000, undefined, 4000, 2 * HOUR],
  ]);
});

for (
  const [name, wrong] of [["before", 5000], ["after", 4e12], [
    "a day after",
    START + 24 * HOUR,
  ]] as const
) {
  Deno.test(`one time from long ${name} is not used, is reported with both lines, and changes no later event`, () => {
    assert.deepEqual(ats(START, wrong, START + 60_000, START + 90_000), [
      0,
      undefined,
      60_000,
      90_000,
    ]);
    const [, odd] = place(START, wrong);
    assert.match(odd!.problem!, /^"time" is \d+ (days|hours) (after|before) the time of line 1: /);
  });

  Deno.test(`a first time from long ${name} costs the next one its place, and the rest are spaced from there`, () => {
    const places = place(wrong, START, START + 60_000, START + 90_000);
    assert.deepEqual(places.map(({ at }) => at === undefined ? undefined : at - wrong), [
      ...[0, undefined, 60_000, 90_000],
    ]);
    assert.deepEqual(places.map(({ problem }) => problem !== undefined), [
      false,
      true,
      false,
      false,
    ]);
  });
}

Deno.test("whatever the times, no place is further from the one before than a match pauses", () => {
  const time = fc.oneof(fc.nat(), fc.integer({ min: START, max: START + HOUR }), fc.nat(8.64e15));
  fc.assert(fc.property(fc.array(time), (times) => {
    const given = place(...times).flatMap(({ at }) => at === undefined ? [] : [at]);
    for (const [index, at] of given.slice(1).entries()) {
      assert.ok(Math.abs(at - given[index]!) <= 24 * HOUR);
    }
  }));
});

Deno.test("durations are written in words", () => {
  assert.equal(inWords(31 * 60_000), "31 minutes");
  assert.equal(inWords(3 * HOUR), "3 hours");
  assert.equal(inWords(20_411.4 * 24 * HOUR), "20411 days");
});
