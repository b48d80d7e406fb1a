import assert from "node:assert/strict";
import { Reports } from "../../client/reports.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { parseRtcp, serializeRtcp } from "../../shared/wire/rtcp.ts";
import { T0 } from "./starts.ts";

const REPORTER = { listenerSsrc: 333, keepaliveMillis: 5000, cname: "00ff" };

Deno.test("the first report is due at once, the next ones within the keepalive and out of step", () => {
  const gaps: number[] = [];
  for (let seed = 0; seed < 30; seed++) {
    const reports = new Reports(REPORTER, new SeededRng(seed), T0);
    assert.equal(reports.deadline, T0);
    for (let now = T0, turn = 0; turn < 20; turn++) {
      assert.ok(reports.poll(() => [], now));
      assert.equal(reports.poll(() => [], now), undefined, "twice at once");
      gaps.push(reports.deadline - now);
      now = reports.deadline;
    }
  }
  assert.ok(gaps.every((gap) => gap >= 3750 && gap <= 5000));
  assert.ok(new Set(gaps).size > 500);
});

Deno.test("a report is a compound: receiver report, description, our clock", () => {
  const reports = new Reports(REPORTER, new SeededRng(1), T0);
  const compound = parseRtcp(serializeRtcp(reports.poll(() => [], T0)!));
  assert.ok(compound.ok);
  const types = compound.value.map(({ type }) => type);
  assert.deepEqual(types, ["receiverReport", "sourceDescription", "referenceTime"]);
});

Deno.test("a goodbye comes with a last report", () => {
  const reports = new Reports(REPORTER, new SeededRng(1), T0);
  const compound = parseRtcp(serializeRtcp(reports.goodbye([], "interrupted")));
  assert.ok(compound.ok);
  const goodbye = compound.value.at(-1);
  assert.deepEqual(goodbye, { type: "goodbye", ssrcs: [333], reason: "interrupted" });
  assert.equal(compound.value[0]?.type, "receiverReport");
});
