import assert from "node:assert/strict";
import { RateMeter } from "../../../../../server/studio/web/capture/rate_meter.ts";

Deno.test("a rate is that of the last two seconds, and what is older is forgotten", () => {
  const meter = new RateMeter();
  for (let at = 0; at < 10_000; at += 100) meter.add(1000, at);
  assert.deepEqual(meter.rate(9990), { count: 10, bitrate: 80_000 });
  assert.deepEqual(meter.rate(12_500), { count: 0, bitrate: 0 });
  for (let count = 0; count < 5000; count++) meter.add(1, 20_000);
  assert.equal(meter.rate(20_000).count, 500, "bounded");
});
