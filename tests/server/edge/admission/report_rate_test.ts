import assert from "node:assert/strict";
import { ReportRate } from "../../../../server/edge/admission/report_rate.ts";

Deno.test("listeners report every five seconds until that would be over 500 reports a second", () => {
  for (const [listeners, keepalive] of [[0, 5000], [2187, 5000], [2188, 5002], [5000, 11_429]]) {
    assert.equal(new ReportRate(() => listeners!).keepaliveMillis, keepalive);
    // On average they wait for seven eighths of it.
    assert.ok(listeners! / (keepalive! * 0.875) * 1000 <= 500);
  }
});

Deno.test("no listener waits for over a minute, and a longer pace that was asked for is kept", () => {
  assert.equal(new ReportRate(() => 100_000).keepaliveMillis, 60_000);
  assert.equal(new ReportRate(() => 10, 100).keepaliveMillis, 100);
  assert.equal(new ReportRate(() => 5000, 30_000).keepaliveMillis, 30_000);
});
