import assert from "node:assert/strict";
import { ReceiverReports } from "../../../client/core/receiver_reports.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { parseRtcp, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { T0 } from "../starts.ts";

const REPORTER = { listenerSsrc: 333, keepaliveMillis: 5000, cname: "00ff" };

Deno.test("the first report is due at once, the next ones within the keepalive at random times", () => {
  const gaps: number[] = [];
  for (let seed = 0; seed < 30; seed++) {
    const reports = new ReceiverReports(REPORTER, new SeededRng(seed), T0);
    assert.equal(reports.deadline, T0);
    for (let now = T0, turn = 0; turn < 20; turn++) {
      assert.ok(reports.poll(() => [], now));
      assert.equal(reports.poll(() => [], now), undefined, "two reports at once");
      reports.onEcho();
      gaps.push(reports.deadline - now);
      now = reports.deadline;
    }
  }
  assert.ok(gaps.every((gap) => gap >= 3750 && gap <= 5000));
  assert.ok(new Set(gaps).size > 500);
});

Deno.test("until the first echo reports are 250 to 500 ms apart, then as the keepalive says", () => {
  for (let seed = 0; seed < 30; seed++) {
    const reports = new ReceiverReports(REPORTER, new SeededRng(seed), T0);
    let now = T0;
    for (let turn = 0; turn < 12; turn++) {
      assert.ok(reports.poll(() => [], now));
      const gap = reports.deadline - now;
      assert.ok(gap >= 250 && gap <= 500, `${gap}`);
      now = reports.deadline;
    }
    assert.ok(now - T0 <= 6000, "six reports before the host ends the session");
    reports.onEcho();
    assert.ok(reports.deadline - now > 3000, "the last report was echoed after all");
  }
});

/** The times of reports within `millis` of the first. The host echoes a report if `hears` is true for it. */
function reportTimes(hears: (at: number) => boolean, millis: number, keepaliveMillis = 5000) {
  const reports = new ReceiverReports({ ...REPORTER, keepaliveMillis }, new SeededRng(3), T0);
  const times: number[] = [];
  for (let now = T0; now <= T0 + millis; now = reports.deadline) {
    assert.ok(reports.poll(() => [], now));
    times.push(now - T0);
    if (hears(now - T0)) reports.onEcho();
  }
  return times;
}

Deno.test("without an echo another report follows about a second later, until an echo comes", () => {
  const times = reportTimes((at) => at < 10_000 || at > 30_000, 50_000);
  const gaps = times.slice(1).map((at, index) => ({
    after: times[index]!,
    gap: at - times[index]!,
  }));
  for (const { after, gap } of gaps) {
    const isHeard = after < 10_000 || after > 30_000;
    const [shortest, longest] = isHeard ? [3750, 5000] : [937, 1250];
    assert.ok(gap >= shortest && gap <= longest, `${gap} ms after a report at ${after}`);
  }
  // Enough that the host does not end the session within 20 s, and not more while echoes come.
  assert.ok(gaps.filter(({ gap }) => gap < 3750).length >= 12);
  assert.ok(reportTimes(() => true, 60_000).length <= 17);
});

Deno.test("with any keepalive an echo is waited for as long as a long round trip takes", () => {
  const gaps = (keepalive: number) =>
    reportTimes((at) => at === 0, 90_000, keepalive).map((at, index, all) =>
      at - (all[index - 1] ?? 0)
    );
  assert.ok(gaps(2000).slice(1).every((gap) => gap >= 750));
  // With many listeners, which report less often, reports are repeated less often too.
  assert.ok(gaps(20_000).slice(1).every((gap) => gap >= 3750));
});

Deno.test("an echo does not delay a report that was requested meanwhile", () => {
  const reports = new ReceiverReports(REPORTER, new SeededRng(1), T0);
  reports.poll(() => [], T0);
  reports.hasten(T0 + 10);
  reports.onEcho();
  assert.equal(reports.deadline, T0 + 1000);
  reports.poll(() => [], T0 + 1000);
  reports.onEcho();
  reports.urge(T0 + 1500);
  assert.equal(reports.deadline, T0 + 1500);
});

Deno.test("a longer keepalive from the host applies from the next report on", () => {
  const reports = new ReceiverReports(REPORTER, new SeededRng(1), T0);
  const gapAfter = (now: number) => {
    assert.ok(reports.poll(() => [], now));
    reports.onEcho();
    return reports.deadline - now;
  };
  assert.ok(gapAfter(T0) <= 5000);
  reports.setPace(40_000);
  assert.ok(reports.deadline <= T0 + 5000, "the planned report stays");
  const now = reports.deadline;
  const gap = gapAfter(now);
  assert.ok(gap >= 30_000 && gap <= 40_000, `${gap}`);
  reports.hasten(now);
  assert.equal(reports.deadline, now + 8000, "a fifth of the keepalive while packets are missing");
});

Deno.test("a report is a compound of receiver report, source description and the listener's clock", () => {
  const reports = new ReceiverReports(REPORTER, new SeededRng(1), T0);
  const compound = parseRtcp(serializeRtcp(reports.poll(() => [], T0)!));
  assert.ok(compound.ok);
  const types = compound.value.map(({ type }) => type);
  assert.deepEqual(types, ["receiverReport", "sourceDescription", "referenceTime"]);
});

Deno.test("a goodbye is sent with a last report", () => {
  const reports = new ReceiverReports(REPORTER, new SeededRng(1), T0);
  const compound = parseRtcp(serializeRtcp(reports.goodbye([], "interrupted")));
  assert.ok(compound.ok);
  const goodbye = compound.value.at(-1);
  assert.deepEqual(goodbye, { type: "goodbye", ssrcs: [333], reason: "interrupted" });
  assert.equal(compound.value[0]?.type, "receiverReport");
});
