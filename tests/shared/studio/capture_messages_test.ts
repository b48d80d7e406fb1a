import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  type CaptureControl,
  type CaptureMessage,
  parseCaptureControl,
  parseCaptureMessage,
  serializeCaptureMessage,
} from "../../../shared/studio/capture_messages.ts";

const UP: CaptureMessage[] = [
  { kind: "sound-format", codec: "opus", sampleRate: 44_100, channelCount: 2 },
  { kind: "sound-stop" },
  { kind: "screen-format", codec: "h264", width: 1280, height: 720 },
  { kind: "screen-stop" },
];
const DOWN: CaptureControl[] = [
  { kind: "screen-control" },
  { kind: "screen-control", bitrate: 850_000 },
  { kind: "screen-control", isKeyFrameWanted: true, bitrate: 10_000 },
];

Deno.test("messages of either direction come back, and only at the right end", () => {
  for (const message of UP) {
    const text = serializeCaptureMessage(message);
    assert.deepEqual(parseCaptureMessage(text), { ok: true, value: message });
    assert.equal(parseCaptureControl(text).ok, false);
  }
  for (const message of DOWN) {
    const text = serializeCaptureMessage(message);
    assert.deepEqual(parseCaptureControl(text), { ok: true, value: message });
    assert.equal(parseCaptureMessage(text).ok, false);
  }
});

Deno.test("numbers that no encoder has, and missing fields, are junk", () => {
  const sound = { kind: "sound-format", codec: "opus", sampleRate: 48_000, channelCount: 2 };
  const screen = { kind: "screen-format", codec: "vp8", width: 640, height: 480 };
  const bad = [
    { ...sound, channelCount: 3 },
    { ...sound, sampleRate: 1 },
    { ...sound, sampleRate: 48_000.5 },
    { ...sound, codec: "" },
    { ...sound, codec: "x".repeat(41) },
    { ...screen, width: 0 },
    { ...screen, height: 20_000 },
    { ...screen, width: undefined },
    { kind: "else" },
    [],
    null,
  ];
  for (const message of bad) {
    const result = parseCaptureMessage(JSON.stringify(message));
    assert.deepEqual(result, { ok: false, junk: "malformedPageMessage" }, JSON.stringify(message));
  }
  for (const bitrate of [0, 9_999, 1e9, 1.5, "1000000"]) {
    const text = JSON.stringify({ kind: "screen-control", bitrate });
    assert.equal(parseCaptureControl(text).ok, false, text);
  }
  assert.deepEqual(parseCaptureMessage(" ".repeat(1001)), { ok: false, junk: "oversized" });
});

Deno.test("text of any kind never throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    parseCaptureMessage(text);
    parseCaptureControl(text);
  }));
  const likely = fc.record({
    kind: fc.constantFrom("sound-format", "screen-format", "screen-control"),
    codec: fc.anything(),
    width: fc.anything(),
    sampleRate: fc.anything(),
    bitrate: fc.anything(),
  }, { requiredKeys: ["kind"] });
  fc.assert(fc.property(likely, (message) => {
    const text = JSON.stringify(message, (_, value) => typeof value === "bigint" ? 1 : value);
    parseCaptureMessage(text);
    parseCaptureControl(text);
  }));
});
