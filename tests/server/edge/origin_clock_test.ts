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
