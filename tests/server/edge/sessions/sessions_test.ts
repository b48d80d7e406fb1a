import assert from "node:assert/strict";
import { ReceiverReports } from "../../../../client/core/receiver_reports.ts";
import { Session, SessionTable } from "../../../../server/edge/sessions/sessions.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { SHORTEST_BODY } from "../../../shared/admission/accept_bodies.ts";

const NOW: Millis = 1_763_600_000_000;

/** A session admitted when there were so many listeners that each reported once a minute at most. */
function ofCrowd() {
  const session = sessionOf(7);
  const reports = new ReceiverReports(
    { ...session.admission.info, cname: "one" },
    new SeededRng(1),
    NOW,
  );
  return { session, reports };
}

function sessionOf(listenerSsrc: number): Session {
  const { connectionId: _id, ...told } = SHORTEST_BODY;
  const info = { ...told, listenerSsrc, keepaliveMillis: 60_000 };
  const admission = { cookieIssuedAt: NOW, cookieAge: 0, info, accept: new Uint8Array(0) };
  const address = { hostname: "10.0.0.9", port: 40_000 + listenerSsrc };
  const clientId = `${listenerSsrc}`;
  return new Session({ connectionId: 1n, address, clientId, listenerSsrc, admission }, NOW);
}

Deno.test("a listener that missed the shorter interval has the time that its own interval takes", () => {
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

Deno.test("a listener that was told repeatedly to report often soon has no more time than others", () => {
  const { session } = ofCrowd();
  const patience = [5000, 5000, 5000, 5000, 5000].map((pace) => {
    session.setPace(pace);
    return session.silentAt - session.lastHeard;
  });
  assert.deepEqual(patience, [120_000, 60_000, 30_000, 20_000, 20_000]);
  session.renew(session.admission);
  assert.equal(session.silentAt - session.lastHeard, 240_000, "it has read its first ACCEPT again");
});

Deno.test("a list of all sessions never changes, whoever joins and leaves later", () => {
  const table = new SessionTable();
  const [one, two, three] = [3, 1, 2].map(sessionOf) as [Session, Session, Session];
  for (const session of [one, two]) table.add(session);
  const before = table.all;
  assert.equal(table.all, before, "nothing changed");
  table.add(three);
  table.remove(one);
  assert.deepEqual([before, table.all, table.count], [[one, two], [two, three], 2]);
  table.clear();
  assert.deepEqual([before, table.all, table.count], [[one, two], [], 0]);
});

Deno.test("the share of a stream that is lost is the larger of the last two reports, and known for eight seconds", () => {
  const { session } = ofCrowd();
  const report = (fractionLost: number, now: Millis) => {
    const none = { cumulativeLost: 0, highestSequence: 0, jitter: 0, ssrc: 1 };
    const times = { lastSenderReport: 0, delaySinceLastSenderReport: 0 };
    session.onReport([{ ...none, ...times, fractionLost }], now, now);
  };
  assert.equal(session.lossShare(1, NOW), undefined, "no report");
  report(64, NOW);
  report(16, NOW + 5000);
  assert.equal(session.lossShare(1, NOW + 5000), 0.25);
  assert.equal(session.lossShare(2, NOW + 5000), undefined, "another stream");
  report(0, NOW + 10_000);
  assert.equal(session.lossShare(1, NOW + 18_000), 0.0625);
  assert.equal(session.lossShare(1, NOW + 18_001), undefined, "losses may have begun since");
});
