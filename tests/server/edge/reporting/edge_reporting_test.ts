import assert from "node:assert/strict";
import fc from "fast-check";
import type { Report } from "../../../../shared/report/report.ts";
import { runs } from "../../../runs.ts";
import { Guest, Stage, type StageOptions } from "../../kit.ts";

const encoder = new TextEncoder();
const bytesOf = (value: unknown) => encoder.encode(JSON.stringify(value));

function open(options: StageOptions = {}) {
  const stage = new Stage({ hasEvents: true, reports: "open", ...options });
  const guest = new Guest(stage);
  guest.join();
  stage.run(3000);
  return { stage, guest };
}

function report(id: string, changes: Partial<Report["event"]> = {}): Report {
  const event = { id, title: "Goal", origin: "Home", time: 0, ...changes };
  return { type: "event", time: 0, event };
}

function answersTo(guest: Guest) {
  return guest.listen().messages.filter(({ type }) => type === "report");
}

Deno.test("a host that has nobody vote answers each report, and tells the host", () => {
  const { stage, guest } = open();
  guest.say(bytesOf({ ...report("r1"), token: "secret" }));
  assert.deepEqual(answersTo(guest), [
    { type: "report", reportId: "r1", verdict: "refused", code: "not-a-reporter" },
  ]);
  const [told] = stage.said("report");
  assert.deepEqual([told!.reportId, told!.verdict, told!.code], [
    "r1",
    "refused",
    "not-a-reporter",
  ]);
  assert.ok(!JSON.stringify(stage.outputs).includes("secret"));
});

Deno.test("of a flood thirty messages are looked at, and then two a second", () => {
  const { stage, guest } = open();
  for (let index = 0; index < 60; index++) {
    guest.say(bytesOf(report(`r${index}`)));
    stage.run(20);
  }
  const taken = stage.said("report").length;
  assert.ok(taken >= 30 && taken <= 33, `${taken}`);
  assert.equal(stage.core.stats().junk.overflow, 60 - taken);
  stage.run(10_000);
  guest.say(bytesOf(report("later")));
  assert.equal(stage.said("report").length, taken + 1);
});

Deno.test("a report after the end is refused as over", () => {
  const { stage, guest } = open();
  stage.tell((core) => core.shutdown("over", stage.now));
  guest.say(bytesOf(report("late")));
  assert.deepEqual(answersTo(guest), [
    { type: "report", reportId: "late", verdict: "refused", code: "over" },
  ]);
});

Deno.test("whatever a listener says, the host goes on, and counts what it can't read", () => {
  const almost = fc.tuple(fc.constantFrom("type", "time", "event", "token"), fc.jsonValue())
    .map(([field, value]) => bytesOf({ ...report("r"), [field]: value }));
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 4000 }),
    fc.json().map((json) => encoder.encode(json)),
    almost,
  );
  const other = new Set<string>();
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (messages) => {
      const { stage, guest } = open();
      for (const bytes of messages) guest.say(bytes);
      for (const name of Object.keys(stage.core.stats().junk)) other.add(name);
      guest.say(bytesOf(report("last")));
      assert.equal(answersTo(guest).length, stage.said("report").length);
      assert.ok(stage.said("report").some(({ reportId }) => reportId === "last"));
      assert.equal(stage.said("listener-left").length, 0);
    }),
    runs(40),
  );
  assert.deepEqual([...other], ["malformedMessage"]);
});
