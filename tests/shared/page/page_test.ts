import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { PageReport, Reporting } from "../../../shared/page/page_reports.ts";
import {
  type FromPage,
  MAX_TIMELINE_ENTRIES,
  type PageState,
  parseFromPage,
  parseToPage,
  serializePageMessage,
  type ToPage,
  withEvent,
} from "../../../shared/page/page.ts";
import { channelLedger, sampleEvent } from "../../viewer/fakes/outputs.ts";
import { runs } from "../../runs.ts";

const state: PageState = {
  scoreboard: {
    home: "Flamengo",
    away: "Palmeiras",
    score: [2, 1],
    status: "live",
    clock: { text: "71:58", period: 2, isRunning: true, at: 1000.5 },
    count: 18,
  },
  connection: { state: "connected", since: 900, server: "127.0.0.1:5004", reason: "" },
  sound: { codec: "opus", sampleRate: 48_000, channelCount: 2, description: "T3B1c0hlYWQ=" },
  screen: { codec: "vp8", isShared: true, isHeld: false },
  data: { isSent: true },
  channels: ["screen", "audio", "events"],
  timeline: [sampleEvent({ count: 17 }), sampleEvent({ count: 18, type: "goal", score: "2 x 1" })],
  statistics: [{ title: "Goal", type: 2, home: 2, away: 1 }],
  ledger: {
    at: 1000,
    roundTripTime: 0.02,
    channels: [
      channelLedger({ packetsExpected: 10 }),
      channelLedger({
        channel: "screen",
        framesReceived: 40,
        framesDropped: 2,
        keyFramesReceived: 3,
        freezeCount: 1,
        totalFreezesDuration: 0.4,
        pliCount: 1,
      }),
    ],
  },
  history: [{ at: 1000, jitterMillis: 1.5, lossPercent: 2, bufferMillis: 200 }],
};

const reporting: Reporting = {
  setup: { type: "setup", origins: ["Flamengo", "Santos"], actions: ["Goal"], both: [] },
  candidates: [{
    ...{ type: "candidate", candidateId: "c1", title: "Goal", origin: "Santos", time: 5, at: 7 },
    ...{ state: "provisional", votes: 2, against: 0, needed: 3, reporters: 4 },
  }],
  reports: [{
    ...{ id: "r1", type: "event", title: "Goal", origin: "Santos", at: 7 },
    ...{ state: "refused", code: "over" },
  }],
};

const messages: readonly ToPage[] = [
  { kind: "snapshot", now: 1000, state },
  {
    kind: "snapshot",
    now: 1000,
    state: { ...state, sound: null, screen: null, data: null, ledger: null },
  },
  { kind: "screen", screen: { codec: "h264", isShared: false, isHeld: true } },
  { kind: "scoreboard", scoreboard: { ...state.scoreboard, score: null }, statistics: [] },
  { kind: "event", event: state.timeline[0]!, scoreboard: state.scoreboard, statistics: [] },
  { kind: "connection", connection: state.connection },
  { kind: "snapshot", now: 1000, state: { ...state, reporting } },
  { kind: "candidate", candidate: reporting.candidates[0]! },
  { kind: "report", report: reporting.reports[0]! },
  { kind: "network", ledger: state.ledger!, sample: state.history[0]! },
];

Deno.test("every message to the page comes back as it was sent", () => {
  for (const message of messages) {
    assert.deepEqual(parseToPage(serializePageMessage(message)), { ok: true, value: message });
  }
});

Deno.test("what a page says comes back as it was sent", () => {
  for (const kind of ["sound", "screen", "data"] as const) {
    const message: FromPage = { kind, wanted: true };
    assert.deepEqual(parseFromPage(serializePageMessage(message)), { ok: true, value: message });
  }
});

Deno.test("a page's report comes back as it was sent, and the longest one fits", () => {
  const name = "\u{1f3c6}".repeat(40);
  const inner: PageReport = {
    ...{ id: "r".repeat(64), type: "correction", title: name, origin: name, at: 1763600000000.5 },
    ...{ supersedes: "e".repeat(64), candidateId: "c".repeat(64) },
  };
  const report: FromPage = { kind: "report", report: inner };
  const text = serializePageMessage(report);
  assert.deepEqual(parseFromPage(text), { ok: true, value: report });
  assert.ok(new TextEncoder().encode(text).length <= 1024);
  for (const broken of [{ type: "goal" }, { at: null }, { title: "" }, { id: "r".repeat(65) }]) {
    const wrong = { kind: "report", report: { ...inner, ...broken } };
    assert.equal(parseFromPage(JSON.stringify(wrong)).ok, false);
  }
});

Deno.test("nonsense is junk and never throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    assert.equal(parseToPage(text).ok, false);
    assert.equal(parseFromPage(text).ok, false);
  }));
});

Deno.test("a message with one field of another type is junk", () => {
  const whole = JSON.parse(serializePageMessage(messages[4]!));
  for (const path of ["event.count", "event.score", "scoreboard.status", "scoreboard.clock.text"]) {
    const broken = structuredClone(whole);
    const keys = path.split(".");
    const last = keys.pop()!;
    keys.reduce((value, key) => value[key], broken)[last] = { surprise: true };
    assert.equal(parseToPage(JSON.stringify(broken)).ok, false, path);
  }
});

Deno.test("a page that talks too much is not read", () => {
  const long = serializePageMessage({ kind: "sound", wanted: true }) + " ".repeat(1000);
  assert.deepEqual(parseFromPage(long), { ok: false, junk: "oversized" });
});

Deno.test("a timeline takes entries in any order, each once, and keeps the newest", () => {
  const counts = fc.uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 700 });
  fc.assert(
    fc.property(counts, (order) => {
      let timeline: PageState["timeline"] = [];
      for (const count of [...order, ...order.slice(0, 5)]) {
        timeline = withEvent(timeline, sampleEvent({ count }));
      }
      const kept = timeline.map(({ count }) => count);
      assert.deepEqual(kept, kept.toSorted((one, other) => one - other));
      assert.equal(new Set(kept).size, kept.length);
      if (order.length <= MAX_TIMELINE_ENTRIES) {
        assert.deepEqual(kept, order.toSorted((one, other) => one - other));
      } else assert.equal(kept.length, MAX_TIMELINE_ENTRIES);
    }),
    runs(20),
  );
});
