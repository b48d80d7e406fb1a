import assert from "node:assert/strict";
import fc from "fast-check";
import { parseHostMessage, serializeHostMessage } from "../../../shared/lane/messages.ts";
import {
  type Candidate,
  parseReporterMessage,
  type Report,
  type ReportAnswer,
  type ReportSetup,
  serializeReport,
} from "../../../shared/report/report.ts";
import { runs } from "../../runs.ts";

const REPORT: Report = {
  type: "event",
  time: 5,
  token: "t",
  event: { id: "r1", type: "denial", title: "Goal", origin: "Home", time: 3, supersedes: "e1" },
};
const SETUP: ReportSetup = { type: "setup", origins: ["Home", "Away"], actions: ["Goal"] };
const ANSWER: ReportAnswer = {
  ...{ type: "report", reportId: "r1", verdict: "refused", code: "too-old" },
};
const CANDIDATE: Candidate = {
  ...{ type: "candidate", candidateId: "c1", title: "Goal", origin: "Home", time: 3 },
  ...{ state: "confirmed", votes: 2, against: 1, needed: 2, reporters: 3, eventId: "e2" },
};
const encoder = new TextEncoder();
const bytesOf = (value: unknown) => encoder.encode(JSON.stringify(value));

Deno.test("a report is read as it was written; a message of a later version is passed over", () => {
  assert.deepEqual(parseReporterMessage(serializeReport(REPORT)), { ok: true, value: REPORT });
  assert.deepEqual(parseReporterMessage(bytesOf({ type: "wave" })), { ok: true, value: undefined });
});

Deno.test("what the host tells a reporter is read as it was written", () => {
  for (const message of [SETUP, ANSWER, CANDIDATE]) {
    assert.deepEqual(parseHostMessage(serializeHostMessage(message)), { ok: true, value: message });
  }
});

Deno.test("a field that is wrong makes a report malformed", () => {
  const wrong = [
    ...[null, [], "event", 5, { type: 5 }].map(bytesOf),
    bytesOf({ ...REPORT, event: { ...REPORT.event, id: "" } }),
    bytesOf({ ...REPORT, event: { ...REPORT.event, id: "x".repeat(65) } }),
    bytesOf({ ...REPORT, event: { ...REPORT.event, title: "x".repeat(81) } }),
    bytesOf({ ...REPORT, event: { ...REPORT.event, time: null } }),
    bytesOf({ ...REPORT, event: { ...REPORT.event, type: "vote" } }),
    bytesOf({ ...REPORT, time: "now" }),
    Uint8Array.of(0xff, 0xfe),
    new Uint8Array(),
  ];
  for (const bytes of wrong) {
    assert.deepEqual(parseReporterMessage(bytes), { ok: false, junk: "malformedMessage" });
  }
});

Deno.test("no bytes make a parser of reports throw", () => {
  const almost = fc.constantFrom(REPORT, SETUP, ANSWER, CANDIDATE).chain((message) =>
    fc.tuple(fc.constantFrom(...Object.keys(message)), fc.jsonValue())
      .map(([field, value]) => bytesOf({ ...message, [field]: value }))
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array(), fc.json().map((json) => encoder.encode(json)), almost),
      (bytes) => {
        for (const read of [parseReporterMessage(bytes), parseHostMessage(bytes)]) {
          assert.ok(read.ok || read.junk === "malformedMessage");
        }
      },
    ),
    runs(300),
  );
});
