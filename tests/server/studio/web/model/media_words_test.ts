import assert from "node:assert/strict";
import { problem } from "../../../../../server/studio/web/capture/capture_problem.ts";
import {
  costWords,
  meterPlace,
  screenWords,
  type SoundFacts,
  soundWords,
} from "../../../../../server/studio/web/model/media_words.ts";
import type { ScreenCost } from "../../../../../server/studio/web/screen/screen_capture.ts";

const ON: SoundFacts = {
  state: { phase: "on", device: { deviceId: "1", name: "Mixer" } },
  level: { isClipping: false, isSilent: false },
  isMuted: false,
  warning: null,
  channel: "live",
};

Deno.test("of several troubles of the sound the worst is told", () => {
  const tell = (more: Partial<SoundFacts>) => soundWords({ ...ON, ...more });
  assert.deepEqual(tell({}), { tone: "live", text: "Listeners hear this" });
  const loud = { level: { isClipping: true, isSilent: true } };
  assert.match(tell(loud).text, /Too loud/);
  assert.match(tell({ level: { isClipping: false, isSilent: true } }).text, /Silence/);
  assert.match(tell({ ...loud, isMuted: true }).text, /Muted/);
  assert.match(tell({ ...loud, isMuted: true, channel: "paused" }).text, /Paused/);
  const stalled = problem("sound", "stalled");
  assert.equal(tell({ ...loud, channel: "paused", warning: stalled }).text, stalled.text);
  const unplugged = problem("sound", "unplugged");
  const failed = tell({ state: { phase: "failed", problem: unplugged }, warning: stalled });
  assert.deepEqual(failed, { tone: "bad", text: unplugged.text });
});

Deno.test("sound that is off says whether listeners wait for it", () => {
  const off = { ...ON, state: { phase: "off" } } as const;
  assert.equal(soundWords({ ...off, channel: "off" }).tone, "quiet");
  assert.match(soundWords({ ...off, channel: "paused" }).text, /Press Microphone/);
});

Deno.test("the screen says what listeners see", () => {
  const surface = { kind: "browser", name: "a tab" } as const;
  const on = { phase: "on", surface } as const;
  assert.deepEqual(screenWords({ state: on, channel: "live" }), {
    tone: "live",
    text: "Listeners see a tab",
  });
  assert.match(screenWords({ state: on, channel: "paused" }).text, /Paused/);
  assert.match(screenWords({ state: { phase: "off" }, channel: "paused" }).text, /Share screen/);
  assert.equal(screenWords({ state: { phase: "off" }, channel: "off" }).tone, "quiet");
});

Deno.test("what the screen costs is a line", () => {
  assert.equal(costWords(null), "");
  const cost: ScreenCost = {
    codec: "h264",
    size: { width: 1280, height: 720 },
    rate: 14.6,
    bitrate: 1_240_000,
    encodeMillis: 3.6,
    skipped: 0,
  };
  assert.equal(costWords(cost), "H.264 · 1280 x 720 · 15 a second · 1.2 Mbit/s · 4 ms each");
  assert.match(costWords({ ...cost, codec: "vp8", skipped: 2 }), /^VP8 .* · 2 left out$/);
});

Deno.test("the meter goes from 60 decibels below the loudest to the loudest", () => {
  assert.deepEqual([-90, -60, -30, 0, 3].map(meterPlace), [0, 0, 0.5, 1, 1]);
});
