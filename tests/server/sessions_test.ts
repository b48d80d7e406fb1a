import assert from "node:assert/strict";
import { Reports } from "../../client/reports.ts";
import { Session } from "../../server/sessions.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";

const NOW: Millis = 1_763_600_000_000;

/** One that was let in when so many listened that each reported once a minute at most. */
function ofCrowd() {
  const keepaliveMillis = 60_000;
  const info = { ...{ listenerSsrc: 7, keepaliveMillis }, channels: [], timeline: HEAD };
  const admission = { cookieIssuedAt: NOW, info, accept: new Uint8Array(0) };
  const address = { hostname: "10.0.0.9", port: 40_000 };
  const fields = { connectionId: 1n, address, clientId: "00", listenerSsrc: 7, admission };
  const reports = new Reports({ ...info, cname: "one" }, new SeededRng(1), NOW);
  return { session: new Session(fields, NOW), reports };
}

const HEAD = { count: 0, score: "0 x 0" };

Deno.test("who missed that the crowd has gone is given the time that its own pace takes", () => {
  const { session, reports } = ofCrowd();
  const report = () => {
    const at = Math.max(reports.deadline, NOW);
    assert.ok(reports.poll(() => [], at), "a report is due");
    return at;
  };
  session.lastHeard = report();
  assert.equal(session.setPace(5000), 5000, "and that is lost");
  report();
  assert.ok(report() < session.silentAt, "as is the report after it");
});

Deno.test("who was told again and again to report often is soon given no more time than others", () => {
  const { session } = ofCrowd();
  const patience = [5000, 5000, 5000, 5000, 5000].map((pace) => {
    session.setPace(pace);
    return session.silentAt - session.lastHeard;
  });
  assert.deepEqual(patience, [120_000, 60_000, 30_000, 20_000, 20_000]);
  session.renew(session.admission);
  assert.equal(session.silentAt - session.lastHeard, 240_000, "it has read its first ACCEPT again");
});
