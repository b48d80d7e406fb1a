import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  MAX_LISTENERS_SHOWN,
  parseStudioToHost,
  parseStudioToPage,
  serializeStudioMessage,
  type StudioListener,
  type StudioToHost,
  type StudioToPage,
} from "../../../shared/studio/studio_messages.ts";

const LISTENER: StudioListener = {
  id: "0123456789abcdef",
  address: "192.0.2.7:5004",
  name: "Ann",
  tokenName: "Ann of the club",
  hasOwnToken: true,
  ageMillis: 61_000,
  roundTripMillis: 12.5,
  latencyMillis: 480,
  lossPercent: { audio: 1.2, screen: 100 },
};
const DOWN: StudioToPage[] = [
  {
    kind: "studio",
    link: "streamer://192.0.2.1:5004/?t=secret",
    ways: [{ address: "192.0.2.1:5004", link: "streamer://192.0.2.1:5004/?t=secret" }],
    isDriving: true,
    capacity: 100,
    isPlain: false,
    tokens: "shared",
    sources: { sound: { isBrowser: true }, screen: { isBrowser: false, reason: "it is a file" } },
    screen: { width: 1280, height: 720, rate: 15, bitrate: 1_500_000 },
  },
  { kind: "driving", isDriving: false, isOther: true },
  { kind: "media", sound: { state: "live" }, screen: { state: "off" } },
  { kind: "listeners", total: 1, capacity: 100, rows: [LISTENER] },
  {
    kind: "counts",
    listeners: 1,
    packetsPerSecond: 50.5,
    bytesPerSecond: 9000,
    packets: 1000,
    refused: 0,
    resent: 3,
    parity: 4,
    overflow: 0,
  },
  { kind: "notice", level: "warning", text: "a text" },
  { kind: "answer", ok: false, text: "Another page drives" },
  { kind: "ended", reason: "interrupted" },
  { kind: "screen-control", isKeyFrameWanted: true },
  { kind: "match-setup", language: "en", home: "A", away: "B", actions: [] },
  { kind: "match-answer", id: "1", ok: true },
];
const UP: StudioToHost[] = [
  { kind: "match", id: "a-1", do: "event", title: "Goal", origin: "A" },
  { kind: "match", id: "a-2", do: "start" },
  { kind: "sound-format", codec: "opus", sampleRate: 48_000, channelCount: 2 },
  { kind: "screen-stop" },
  { kind: "put-out", id: "p1", listener: LISTENER.id, isTokenRevoked: true },
  { kind: "take-over" },
];

Deno.test("messages of either direction come back, and only at the right end", () => {
  for (const message of DOWN) {
    const text = serializeStudioMessage(message);
    assert.deepEqual(parseStudioToPage(text), { ok: true, value: message });
    assert.equal(parseStudioToHost(text).ok, false, text);
  }
  for (const message of UP) {
    const text = serializeStudioMessage(message);
    assert.deepEqual(parseStudioToHost(text), { ok: true, value: message });
    assert.equal(parseStudioToPage(text).ok, false, text);
  }
});

Deno.test("what is too long, too many or malformed is junk", () => {
  const bad = [
    { kind: "put-out", id: "p1", listener: "0123" },
    { kind: "put-out", id: "with space", listener: LISTENER.id },
    { kind: "put-out", id: "x".repeat(65), listener: LISTENER.id },
    { kind: "take-over", id: 3 },
    { kind: "match", id: "1", do: "explode" },
    { kind: "sound-format", codec: "opus", sampleRate: 48_000, channelCount: 9 },
    { kind: "unknown" },
    [],
    null,
    "take-over",
  ];
  for (const message of bad) {
    const result = parseStudioToHost(JSON.stringify(message));
    assert.deepEqual(result, { ok: false, junk: "malformedPageMessage" }, JSON.stringify(message));
  }
  assert.deepEqual(parseStudioToHost(" ".repeat(4001)), { ok: false, junk: "oversized" });
  const list = (length: number) => ({
    kind: "listeners",
    total: length,
    capacity: 1000,
    rows: Array.from({ length }, () => LISTENER),
  });
  const most = MAX_LISTENERS_SHOWN;
  assert.equal(parseStudioToPage(JSON.stringify(list(most))).ok, true);
  assert.equal(parseStudioToPage(JSON.stringify(list(most + 1))).ok, false);
  const notice = { kind: "notice", level: "info", text: "x".repeat(1001) };
  assert.equal(parseStudioToPage(JSON.stringify(notice)).ok, false);
});

Deno.test("text of any kind never throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    parseStudioToHost(text);
    parseStudioToPage(text);
  }));
  const kinds = [...UP, ...DOWN].map(({ kind }) => kind);
  const likely = fc.record({
    kind: fc.constantFrom(...kinds),
    id: fc.anything(),
    listener: fc.anything(),
    do: fc.anything(),
    rows: fc.anything(),
    ok: fc.anything(),
  }, { requiredKeys: ["kind"] });
  fc.assert(fc.property(likely, (message) => {
    const text = JSON.stringify(message, (_, value) => typeof value === "bigint" ? 1 : value);
    parseStudioToHost(text);
    parseStudioToPage(text);
  }));
});
