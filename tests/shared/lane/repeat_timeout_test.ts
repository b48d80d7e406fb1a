import assert from "node:assert/strict";
import { RepeatTimeout } from "../../../shared/lane/repeat_timeout.ts";

Deno.test("without a round trip the first timeout is 300 ms, and doubles up to 2 s", () => {
  const timeout = new RepeatTimeout();
  const times = Array.from({ length: 6 }, () => {
    const { millis } = timeout;
    timeout.onExpired();
    return millis;
  });
  assert.deepEqual(times, [300, 600, 1200, 2000, 2000, 2000]);
});

Deno.test("it follows the round trip, between 100 ms and 2 s", () => {
  const after = (...samples: number[]) => {
    const timeout = new RepeatTimeout();
    for (const sample of samples) timeout.onRoundTrip(sample);
    return timeout.millis;
  };
  assert.equal(after(1), 100);
  assert.equal(after(100), 100 + 4 * 50);
  assert.ok(after(...new Array(40).fill(150)) < 152);
  assert.equal(after(5000), 2000);
});

Deno.test("the doubled timeout lasts until a fragment that was sent once is acknowledged", () => {
  const timeout = new RepeatTimeout();
  timeout.onRoundTrip(50);
  assert.equal(timeout.millis, 150);
  timeout.onExpired();
  timeout.onExpired();
  assert.equal(timeout.millis, 600);
  timeout.onRoundTrip(50);
  assert.ok(timeout.millis > 400, "a report says nothing of the fragments");
  timeout.onAcknowledged(50);
  assert.ok(timeout.millis < 150);
});

Deno.test("after hours without an answer it is back at once", () => {
  const timeout = new RepeatTimeout();
  for (let count = 0; count < 10_000; count++) timeout.onExpired();
  assert.equal(timeout.millis, 2000);
  timeout.onAcknowledged(20);
  assert.equal(timeout.millis, 100);
});
