import assert from "node:assert/strict";
import { OriginClock } from "../../../server/edge/origin_clock.ts";

Deno.test("before any reading the two clocks count as equal", () => {
  assert.equal(new OriginClock().at(5000), 5000);
});

Deno.test("the reading with the shortest way counts, whatever the clocks differ by", () => {
  for (const ahead of [-3000, 0, 7000]) {
    const clock = new OriginClock();
    for (const [at, way] of [[0, 40], [1000, 5], [2000, 90]] as const) {
      clock.onReading(at, at + way + ahead);
    }
    assert.equal(clock.at(10_000 + ahead), 10_000 - 5);
  }
});

Deno.test("two clocks that drift apart are followed: readings older than a minute count no more", () => {
  const clock = new OriginClock();
  const drift = 1 + 100e-6;
  const own = (originNow: number) => originNow * drift;
  for (let second = 0; second <= 3600; second++) clock.onReading(second * 1000, own(second * 1000));
  const error = clock.at(own(3_600_000)) - 3_600_000;
  assert.ok(Math.abs(error) < 7, `${error} ms`);
});

for (const ahead of [0, 7000]) {
  Deno.test(`an origin that slept is followed from the third reading on, by a clock ${ahead} ms ahead`, () => {
    const clock = new OriginClock();
    for (let second = 0; second < 100; second++) {
      const slept = second < 50 ? 0 : 30_000;
      clock.onReading(second * 1000, second * 1000 + slept + ahead + 5);
      const error = clock.at(second * 1000 + slept + ahead) - second * 1000;
      if (second < 50 || second >= 52) assert.equal(error, -5);
    }
  });
}

Deno.test("a link that is full for two seconds, or half a second longer for good, changes nothing", () => {
  const clock = new OriginClock();
  for (let second = 0; second < 50; second++) {
    const way = second === 20 || second === 21 ? 3000 : second < 30 ? 5 : 505;
    clock.onReading(second * 1000, second * 1000 + way);
    assert.equal(clock.at(60_000), 60_000 - 5);
  }
});
