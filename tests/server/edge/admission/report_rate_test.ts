import assert from "node:assert/strict";
import { ReportRate } from "../../../../server/edge/admission/report_rate.ts";

Deno.test("listeners report every five seconds, until that would be over 500 reports per second", () => {
  for (const [listeners, keepalive] of [[0, 5000], [2187, 5000], [2188, 5002], [5000, 11_429]]) {
    assert.equal(new ReportRate(() => listeners!).keepaliveMillis, keepalive);
    // On average they wait for seven eighths of the interval.
    assert.ok(listeners! / (keepalive! * 0.875) * 1000 <= 500);
  }
});

Deno.test("no interval is over a minute, except one that was configured", () => {
  assert.equal(new ReportRate(() => 100_000).keepaliveMillis, 60_000);
  assert.equal(new ReportRate(() => 10, 100).keepaliveMillis, 100);
  assert.equal(new ReportRate(() => 5000, 30_000).keepaliveMillis, 30_000);
});
