import assert from "node:assert/strict";
import * as fc from "fast-check";
import { splitAnnexB } from "../../../shared/media/video/h264.ts";
import type { CaptureMessage } from "../../../shared/studio/capture_messages.ts";
import { parseStudioMedia } from "../../../shared/studio/studio_media.ts";
import { BrowserMedia } from "../../../server/studio/browser_media.ts";
import { PPS, SPS } from "../../shared/media/video/frames.ts";
import {
  deltaFrame,
  HIGH_SPS,
  keyFrame,
  kindsOf,
  opus,
  Page,
  SCREEN,
  SOUND,
  START,
  vp8,
} from "./pages.ts";

Deno.test("sound begins with its first good packet, and passes as it is", () => {
  const page = new Page();
  assert.deepEqual(page.say(SOUND), []);
  const [started, first] = page.bring("sound", opus(3));
  assert.ok(started?.kind === "sound-started" && first?.kind === "sound");
  assert.equal(started.format.codec, "opus");
  assert.equal(started.format.channelCount, 2);
  assert.equal(started.format.sampleRate, 48_000);
  assert.deepEqual(first.frame, { bytes: opus(3), sampleCount: 960, sampleRate: 48_000 });
  page.now += 20;
  assert.deepEqual(kindsOf(page.bring("sound", opus(4))), ["sound"]);
  assert.deepEqual(kindsOf(page.say({ kind: "sound-stop" })), ["sound-stopped"]);
  assert.deepEqual(page.say({ kind: "sound-stop" }), []);
});

Deno.test("a screen begins with its first key frame, cut into its NAL units", () => {
  const page = new Page();
  page.say(SCREEN);
  const early = page.bring("screen", deltaFrame());
  assert.deepEqual(kindsOf(early), ["warning", "control"]);
  page.now += 70;
  const bytes = keyFrame();
  const [started, picture] = page.bring("screen", bytes);
  assert.ok(started?.kind === "screen-started" && picture?.kind === "picture");
  assert.deepEqual(started.format, { codec: "h264", width: 1280, height: 720 });
  assert.ok("nalUnits" in picture.picture);
  assert.deepEqual(picture.picture.nalUnits, splitAnnexB(bytes));
  assert.deepEqual([picture.picture.isKey, picture.picture.gapBefore], [true, true]);
  page.now += 70;
  const [delta] = page.bring("screen", deltaFrame());
  assert.ok(delta?.kind === "picture");
  assert.deepEqual([delta.picture.isKey, delta.picture.gapBefore], [false, false]);
  assert.equal(delta.picture.ticks - picture.picture.ticks, 70 * 90);
  assert.equal(page.media.counts.get("noKeyFrame"), 1);
});

Deno.test("bytes that are kept are copies: the message's buffer may be used again", () => {
  for (
    const [format, kind, bytes] of [
      [SOUND, "sound", opus()],
      [SCREEN, "screen", keyFrame()],
      [{ ...SCREEN, codec: "vp8" }, "screen", vp8(64, 48)],
    ] as const
  ) {
    const page = new Page();
    page.say(format as CaptureMessage);
    const given = bytes.slice();
    page.bring(kind, given);
    const before = JSON.stringify(page.outputs);
    given.fill(0);
    assert.equal(JSON.stringify(page.outputs), before);
  }
});

Deno.test("what was not asked for is refused by name and said once a minute, and a key frame is asked for", () => {
  const wrong = [
    ["noParameterSets", keyFrame(500, [])],
    ["notBaseline", keyFrame(500, [HIGH_SPS, PPS])],
    ["malformedPicture", new Uint8Array(100).fill(9)],
    ["malformedPicture", new Uint8Array([...keyFrame(), ...deltaFrame()])],
    ["malformedPicture", keyFrame(500, [SPS.subarray(0, 5), PPS])],
    ["oversizedPicture", new Uint8Array((4 << 20) + 1)],
  ] as const;
  for (const [name, bytes] of wrong) {
    const page = new Page();
    page.say(SCREEN);
    assert.deepEqual(kindsOf(page.bring("screen", keyFrame())), ["screen-started", "picture"]);
    page.now += 100;
    assert.deepEqual(kindsOf(page.bring("screen", bytes)), ["warning", "control"], name);
    page.now += 100;
    assert.deepEqual(kindsOf(page.bring("screen", deltaFrame())), ["warning"], "waits for a key");
    page.now += 1000;
    assert.deepEqual(kindsOf(page.bring("screen", bytes)), ["control"], "said, and asked again");
    assert.equal(page.media.counts.get(name), 2);
    assert.deepEqual(kindsOf(page.bring("screen", keyFrame())), ["picture"]);
    page.now += 60_000;
    assert.ok(kindsOf(page.bring("screen", bytes)).includes("warning"));
  }
});

Deno.test("other codecs and media without a format are refused", () => {
  const page = new Page();
  assert.deepEqual(kindsOf(page.bring("sound", opus())), ["warning"]);
  assert.deepEqual(page.bring("screen", keyFrame()), []);
  const [codec] = page.say({ ...SCREEN, codec: "av1" } as CaptureMessage);
  assert.match(codec?.kind === "warning" ? codec.text : "", /\(av1\); only Opus, H.264 baseline/);
  page.say({ ...SOUND, codec: "flac" } as CaptureMessage);
  assert.deepEqual(page.bring("sound", opus()), []);
  assert.deepEqual(page.media.counts.snapshot(), { noFormat: 3, unknownCodec: 2 });
  page.say(SOUND);
  assert.deepEqual(kindsOf(page.bring("sound", new Uint8Array(3).fill(255))), ["warning"]);
  assert.equal(page.media.counts.get("malformedSound"), 1);
});

Deno.test("a time that runs backwards is refused", () => {
  const page = new Page();
  page.say(SOUND);
  page.say(SCREEN);
  page.bringAt("sound", opus(), 5_000_000);
  page.bringAt("screen", keyFrame(), 5_000_000);
  assert.deepEqual(kindsOf(page.bringAt("sound", opus(), 4_999_999)), ["warning"]);
  assert.deepEqual(kindsOf(page.bringAt("screen", deltaFrame(), 4_999_999)), ["control"]);
  assert.equal(page.media.counts.get("timeBackwards"), 2);
  const [same] = page.bringAt("screen", keyFrame(), 5_000_000);
  const first = page.outputs.find(({ kind }) => kind === "picture");
  assert.ok(same?.kind === "picture" && first?.kind === "picture");
  assert.equal(same.picture.ticks - first.picture.ticks, 90, "two pictures never share a time");
});

Deno.test("a page that brings nothing for a second and a half pauses, and goes on in the same channel", () => {
  const page = new Page();
  page.say(SOUND);
  page.say(SCREEN);
  page.bring("sound", opus());
  page.now += 500;
  page.bring("screen", keyFrame());
  assert.deepEqual(kindsOf(page.wait(999)), []);
  assert.deepEqual(kindsOf(page.wait(1)), ["paused audio"]);
  assert.deepEqual(kindsOf(page.wait(5000)), ["paused screen"]);
  assert.equal(page.media.deadline, Infinity);
  page.media.onPage();
  page.clockOf = (now) => (now - START) * 1000 - 6_000_000;
  assert.deepEqual(kindsOf(page.bring("sound", opus())), ["warning"], "no format yet");
  page.say(SOUND);
  page.say(SCREEN);
  assert.deepEqual(kindsOf(page.bring("sound", opus())), ["resumed audio", "sound"]);
  assert.deepEqual(kindsOf(page.bring("screen", deltaFrame())), ["warning", "control"]);
  assert.deepEqual(kindsOf(page.bring("screen", keyFrame())), ["resumed screen", "picture"]);
  assert.deepEqual(kindsOf(page.wait(1500)), ["paused audio", "paused screen"]);
  page.say({ kind: "sound-stop" });
  page.say(SOUND);
  assert.deepEqual(kindsOf(page.bring("sound", opus())), ["sound-started", "sound"]);
});

Deno.test("another size keeps the channel; another codec or number of channels needs another one", () => {
  const page = new Page();
  page.say({ ...SCREEN, codec: "vp8" } as CaptureMessage);
  assert.deepEqual(kindsOf(page.bring("screen", vp8(640, 480))), ["screen-started", "picture"]);
  page.now += 50;
  assert.deepEqual(kindsOf(page.bring("screen", vp8())), ["picture"]);
  page.say({ ...SCREEN, codec: "vp8", width: 800 } as CaptureMessage);
  assert.deepEqual(kindsOf(page.bring("screen", vp8())), ["warning", "control"]);
  const [resized] = page.bring("screen", vp8(800, 600));
  assert.ok(resized?.kind === "screen-resized");
  assert.deepEqual(resized.format, { codec: "vp8", width: 800, height: 600 });
  assert.deepEqual(kindsOf(page.say(SCREEN)), ["screen-stopped"]);
  assert.equal(page.media.deadline, Infinity, "a channel that has ended does not pause");
  page.now += 250;
  assert.deepEqual(kindsOf(page.bring("screen", keyFrame())), ["screen-started", "picture"]);
  page.say(SOUND);
  page.bring("sound", opus());
  assert.deepEqual(page.say(SOUND), []);
  assert.deepEqual(kindsOf(page.say({ ...SOUND, channelCount: 1 } as CaptureMessage)), [
    "sound-stopped",
  ]);
});

const step = fc.oneof(
  fc.record({
    say: fc.oneof(
      fc.record({
        kind: fc.constant("screen-format" as const),
        codec: fc.constantFrom("h264", "vp8", "hevc"),
        width: fc.constant(64),
        height: fc.constant(48),
      }),
      fc.constantFrom(
        SOUND,
        { ...SOUND, channelCount: 1 } as CaptureMessage,
        { kind: "sound-stop" } as const,
        { kind: "screen-stop" } as const,
      ),
    ),
  }),
  fc.record({
    kind: fc.constantFrom("sound" as const, "screen" as const),
    bytes: fc.oneof(
      fc.constantFrom(opus(), keyFrame(40), deltaFrame(30), vp8(), vp8(64, 48), vp8(80, 48)),
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
    ),
    at: fc.integer({ min: 0, max: 20_000_000 }),
  }),
  fc.record({ wait: fc.integer({ min: 0, max: 3000 }) }),
  fc.constant({ page: true }),
);

Deno.test("whatever a page does, channels begin and end in turn, and each picture follows one that it may refer to", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const page = new Page();
    for (const one of steps) {
      if ("say" in one) page.say(one.say);
      else if ("wait" in one) page.wait(one.wait);
      else if ("page" in one) page.media.onPage();
      else page.bringAt(one.kind, one.bytes, one.at);
    }
    const open = { audio: false, screen: false };
    const paused = { audio: false, screen: false };
    let ticks = -Infinity;
    for (const output of page.outputs) {
      if (output.kind === "sound-started" || output.kind === "sound-stopped") {
        assert.equal(open.audio, output.kind === "sound-stopped");
        open.audio = !open.audio;
        paused.audio = false;
      } else if (output.kind === "screen-started" || output.kind === "screen-stopped") {
        assert.equal(open.screen, output.kind === "screen-stopped");
        open.screen = !open.screen;
        paused.screen = false;
        ticks = -Infinity;
      } else if (output.kind === "paused" || output.kind === "resumed") {
        assert.ok(open[output.channel]);
        assert.equal(paused[output.channel], output.kind === "resumed");
        paused[output.channel] = !paused[output.channel];
      } else if (output.kind === "picture") {
        const { picture } = output;
        assert.ok(open.screen);
        assert.ok(picture.isKey || !picture.gapBefore);
        assert.ok(picture.isKey || ticks > -Infinity, "the first is a key frame");
        assert.ok(picture.ticks > ticks && Number.isInteger(picture.ticks));
        ticks = picture.ticks;
      } else if (output.kind === "sound") {
        assert.ok(open.audio);
      }
    }
  }));
});

Deno.test("random bytes as messages never throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom("h264", "vp8"),
      (bytes, codec) => {
        const media = new BrowserMedia();
        media.onPage();
        media.onMessage(SOUND, START);
        media.onMessage({ ...SCREEN, codec } as CaptureMessage, START);
        for (const kind of [1, 2]) {
          const message = parseStudioMedia(
            new Uint8Array([kind, 0, 64, 0, 0, 0, 0, 0, 0, 0, ...bytes]),
          );
          if (message.ok) media.onMedia(message.value, START);
        }
      },
    ),
  );
});

Deno.test("what a page calls its codec can't move the cursor of the host's terminal", () => {
  for (const kind of ["sound-format", "screen-format"] as const) {
    const page = new Page();
    const format = kind === "sound-format" ? SOUND : SCREEN;
    const codec = "\u001b[2J\n$`\u202eav1";
    const [warning] = page.say({ ...format, codec } as CaptureMessage);
    assert.ok(warning?.kind === "warning");
    assert.match(warning.text, /^[\x20-\x7e]*\( \[2J \$` av1\)[\x20-\x7e]*$/);
  }
});

Deno.test("a page that stops and starts all the time begins no more than four channels a second of each", () => {
  const page = new Page();
  for (let millis = 0; millis < 5000; millis += 5) {
    page.say({ ...SOUND, channelCount: millis % 2 === 0 ? 1 : 2 } as CaptureMessage);
    page.say({ ...SCREEN, codec: millis % 2 === 0 ? "h264" : "vp8" } as CaptureMessage);
    page.bring("sound", opus());
    page.bring("screen", millis % 2 === 0 ? keyFrame() : vp8(64, 48));
    page.say({ kind: millis % 3 === 0 ? "sound-stop" : "screen-stop" });
    page.now += 5;
  }
  const countOf = (kind: string) => page.outputs.filter((output) => output.kind === kind).length;
  for (const medium of ["sound", "screen"]) {
    assert.ok(countOf(`${medium}-started`) > 10);
    assert.ok(countOf(`${medium}-started`) <= 20, `${countOf(`${medium}-started`)} of ${medium}`);
  }
  assert.equal(
    page.outputs.filter((one) => one.kind === "warning" && /many times/.test(one.text)).length,
    1,
  );
  page.now += 250;
  page.say(SOUND);
  page.say(SCREEN);
  assert.ok(kindsOf(page.bring("sound", opus())).includes("sound"));
  assert.ok(kindsOf(page.bring("screen", keyFrame())).includes("picture"));
});
