import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { requireTool, testWith } from "../tools.ts";
import { TestBrowser } from "./browser.ts";
import { run, sleep, TemporaryFolder } from "./fixtures.ts";
import { CaptureScene, screenFile, soundFile, waitFor } from "./studio_capture.ts";

const FAKE_DEVICE = "--use-fake-device-for-media-stream";
const ALLOWED = "--use-fake-ui-for-media-stream";
/** The tab whose title has this word is shared, and nobody is asked. */
const STAGE_SHARED = "--auto-select-tab-capture-source-by-title=stage";
const PATIENCE = { timeout: 120_000 };
/** Without what Firefox lacks, the page takes the ways that it takes there. */
const LIKE_FIREFOX = "delete globalThis.MediaStreamTrackProcessor;";
/** Writes down each block of the microphone, as the browser gives it to the page. */
const DEVICE_LOG = `globalThis.device = [];
const read = ReadableStreamDefaultReader.prototype.read;
ReadableStreamDefaultReader.prototype.read = async function () {
  const result = await read.call(this);
  const { value } = result;
  if (value instanceof AudioData) device.push([value.timestamp, value.numberOfFrames, value.sampleRate]);
  return result;
};`;
/** Keeps the tracks that the page was given. */
const TRACK_LOG = `globalThis.tracks = [];
for (const name of ["getUserMedia", "getDisplayMedia"]) {
  const get = MediaDevices.prototype[name];
  MediaDevices.prototype[name] = async function (...wishes) {
    const stream = await get.apply(this, wishes);
    tracks.push(...stream.getTracks());
    return stream;
  };
}`;
const SOUND = { channelCount: 2, bitrate: 64_000, use: "voice" };
const SCREEN = { content: "text", width: 1280, height: 720, rate: 15, bitrate: 1_000_000 };

/** What the page has put into its global scope. */
declare const studio: {
  readonly sound: import("../../server/studio/web/sound/sound_capture.ts").SoundCapture;
  readonly screen: import("../../server/studio/web/screen/screen_capture.ts").ScreenCapture;
  readonly load: { bytes: number };
  readonly opened: Promise<unknown>;
};

async function openStudio(
  browser: TestBrowser,
  scene: CaptureScene,
  options: { initScript?: string; beside?: Page } = {},
): Promise<Page> {
  const page = await browser.open(scene.url("studio"), options);
  await page.evaluate(() => studio.opened.then(() => 0));
  return page;
}

async function startSound(page: Page, changes = {}): Promise<string> {
  return await page.evaluate(async (options) => {
    await studio.sound.start(options as Parameters<typeof studio.sound.start>[0]);
    const state = studio.sound.state.value;
    return state.phase === "failed" ? state.problem.code : state.phase;
  }, { ...SOUND, ...changes });
}

/** By a click, as browsers want it. */
async function share(page: Page, changes = {}): Promise<void> {
  await page.evaluate((options) => {
    document.getElementById("go")!.onclick = () =>
      void studio.screen.start(options as Parameters<typeof studio.screen.start>[0]);
  }, { ...SCREEN, ...changes });
  await page.click("#go");
  await page.waitForFunction(() => studio.screen.state.value.phase === "on", undefined, PATIENCE);
}

/** What ffmpeg decodes: a line for each picture, or block of sound, with a hash of its content. */
async function decode(bytes: Uint8Array, name: string, kind: "v" | "a"): Promise<string[]> {
  await using folder = new TemporaryFolder();
  const file = folder.file(name);
  await Deno.writeFile(file, bytes);
  const text = await run(requireTool("ffmpeg"), [
    ...["-nostdin", "-v", "error", "-xerror", "-i", file, "-map", `0:${kind}`],
    ...["-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** The loudest sample, in dBFS. */
async function loudness(bytes: Uint8Array): Promise<number> {
  await using folder = new TemporaryFolder();
  const file = folder.file("a.ogg");
  await Deno.writeFile(file, bytes);
  const { stderr } = await new Deno.Command(requireTool("ffmpeg"), {
    args: ["-nostdin", "-hide_banner", "-i", file, "-af", "volumedetect", "-f", "null", "-"],
    stdin: "null",
  }).output();
  return Number(/max_volume: (-?[\d.]+) dB/.exec(new TextDecoder().decode(stderr))?.[1]);
}

testWith(
  ["chromium", "ffmpeg"],
  "a microphone of 44.1 kHz comes as Opus that is whole and not silent; muted it is silent and goes on",
  async () => {
    await using scene = await CaptureScene.open();
    await using browser = await TestBrowser.launch([FAKE_DEVICE, ALLOWED]);
    const page = await openStudio(browser, scene, { initScript: DEVICE_LOG });
    assert.equal(await startSound(page), "on");
    await scene.until("sound", 200);
    const { sampleRate, blocks, dropped } = await page.evaluate(() => {
      const { device } = globalThis as unknown as { device: [number, number, number][] };
      const dropped = studio.sound.packetsDropped;
      return { sampleRate: device[0]![2], blocks: device, dropped };
    });
    assert.equal(sampleRate, 44_100);
    const packets = scene.received.filter(({ kind }) => kind === "sound");
    const gapsOf = (times: readonly number[], length: number) =>
      times.filter((at, index) => index > 0 && at - times[index - 1]! > length + 60_000).length;
    const deviceGaps = gapsOf(blocks.map(([at]) => at), 10_000);
    const packetGaps = gapsOf(packets.map(({ at }) => at), 20_000);
    assert.ok(
      packetGaps <= deviceGaps + dropped,
      `${packetGaps} gaps, ${deviceGaps} of the device`,
    );
    // From the first packet on nothing is lost between the device, which gives 10 ms at a time, and the host.
    const [first, last] = [packets[0]!.at, packets.at(-1)!.at];
    const given = blocks.filter(([at]) => at >= first && at <= last).length * 10;
    assert.ok((packets.length + dropped + 3) * 20 >= given, `${packets.length} of ${given} ms`);
    assert.ok(given > 1000);

    const [{ format }] = scene.of("sound-started") as [
      ReturnType<typeof scene.of<"sound-started">>[0],
    ];
    const frames = scene.of("sound").map(({ frame }) => frame);
    const file = soundFile(format, frames);
    assert.ok(await loudness(file) > -20);
    const decoded = (await decode(file, "a.ogg", "a")).reduce(
      (sum, line) => sum + Number(line.split(",")[3]),
      0,
    );
    assert.ok(Math.abs(decoded - frames.length * 960) <= 2 * 960, `${decoded} samples`);

    await page.evaluate(() => studio.sound.setMuted(true));
    const before = scene.of("sound").length + 10;
    await scene.until("sound", before + 100);
    const muted = scene.of("sound").slice(before).map(({ frame }) => frame);
    assert.ok(!(await loudness(soundFile(format, muted)) > -60), "a muted microphone is heard");
    await page.waitForFunction(() => studio.sound.level.value.peak > -30, undefined, PATIENCE);

    await page.evaluate(() => {
      studio.sound.setMuted(false);
      studio.sound.setMonitored(true);
    });
    await scene.until("sound", before + 200);
    assert.equal(await page.evaluate(() => studio.sound.isMonitored.value), true);
    await page.evaluate(() => studio.sound.stop());
    await scene.until("sound-stopped", 1);
    assert.deepEqual([scene.malformed, browser.complaints], [[], []]);
  },
);

testWith(["chromium", "ffmpeg"], "sound by Web Audio, at another bitrate and in mono", async () => {
  await using scene = await CaptureScene.open();
  await using browser = await TestBrowser.launch([FAKE_DEVICE, ALLOWED]);
  const page = await openStudio(browser, scene, { initScript: LIKE_FIREFOX });
  assert.equal(await startSound(page, { channelCount: 1, bitrate: 32_000, use: "music" }), "on");
  await scene.until("sound", 150);
  const { format } = scene.of("sound-started")[0]!;
  assert.equal(format.channelCount, 1);
  assert.ok(await loudness(soundFile(format, scene.of("sound").map(({ frame }) => frame))) > -20);
  assert.deepEqual([scene.malformed, browser.complaints], [[], []]);
});

testWith(
  ["chromium"],
  "a device that is unplugged is told, and goes on when it is back",
  async () => {
    await using scene = await CaptureScene.open();
    await using browser = await TestBrowser.launch([FAKE_DEVICE, ALLOWED]);
    const page = await openStudio(browser, scene, { initScript: TRACK_LOG });
    assert.equal(await startSound(page), "on");
    await scene.until("sound", 20);
    await page.evaluate(() => {
      const { tracks } = globalThis as unknown as { tracks: MediaStreamTrack[] };
      const list = navigator.mediaDevices.enumerateDevices;
      navigator.mediaDevices.enumerateDevices = () => Promise.resolve([]);
      (globalThis as { plugIn?: () => void }).plugIn = () => {
        navigator.mediaDevices.enumerateDevices = list;
        navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
      };
      tracks[0]!.dispatchEvent(new Event("ended"));
    });
    await page.waitForFunction(
      () => {
        const state = studio.sound.state.value;
        return state.phase === "failed" && state.problem.code === "unplugged";
      },
      undefined,
      PATIENCE,
    );
    await scene.until("paused", 1);
    await page.evaluate(() => (globalThis as unknown as { plugIn: () => void }).plugIn());
    await scene.until("resumed", 1);
    assert.equal(scene.of("sound-started").length, 1, "in the same channel");
  },
);

testWith(
  ["chromium"],
  "no permission, no such device and no secure address are told apart",
  async () => {
    await using scene = await CaptureScene.open();
    {
      await using browser = await TestBrowser.launch([FAKE_DEVICE]);
      assert.equal(await startSound(await openStudio(browser, scene)), "refused");
    }
    await using browser = await TestBrowser.launch([FAKE_DEVICE, ALLOWED]);
    const page = await openStudio(browser, scene);
    assert.equal(await startSound(page, { deviceId: "f".repeat(64) }), "device-gone");
    assert.equal(await startSound(page), "on", "and then with another one");
    const insecure = await openStudio(browser, scene, {
      initScript: "Object.defineProperty(globalThis, 'isSecureContext', { value: false })",
    });
    assert.equal(await startSound(insecure), "insecure");
  },
);

for (
  const [name, codec, initScript] of [
    ["by a worker, in H.264", "h264", ""],
    ["by frame callbacks, in H.264", "h264", LIKE_FIREFOX],
    ["by a worker, in VP8 where there is no H.264", "vp8", ""],
  ] as const
) {
  testWith(
    ["chromium", "ffmpeg"],
    `a shared tab comes ${name}, and ffmpeg sees it move`,
    async () => {
      await using scene = await CaptureScene.open();
      scene.isWithoutH264 = codec === "vp8";
      await using browser = await TestBrowser.launch([STAGE_SHARED]);
      const stage = await browser.open(scene.url("stage"));
      const page = await openStudio(browser, scene, { initScript, beside: stage });
      await share(page);
      await scene.until("picture", 30);
      const { format } = scene.of("screen-started")[0]!;
      assert.equal(format.codec, codec);
      const moving = scene.of("picture");
      const hashes = (await decode(screenFile(moving), codec === "vp8" ? "a.ivf" : "a.h264", "v"))
        .map((line) => line.split(",").at(-1));
      assert.ok(hashes.length >= moving.length - 1, `${hashes.length} of ${moving.length} decoded`);
      assert.ok(
        new Set(hashes).size > hashes.length / 2,
        `${new Set(hashes).size} different pictures`,
      );

      // A key frame comes when it is asked for, and a bitrate brings none.
      scene.tell({ bitrate: 400_000 });
      const unasked = await nextPictures(scene, 8);
      assert.equal(unasked.early, 0);
      scene.tell({ isKeyFrameWanted: true });
      const asked = await nextPictures(scene, 8);
      assert.ok(asked.keys >= 1 && asked.early <= 1, JSON.stringify(asked));

      await page.waitForFunction(
        () => (studio.screen.cost.value?.bitrate ?? 0) > 0,
        undefined,
        PATIENCE,
      );
      assert.deepEqual(scene.warnings, []);
      assert.deepEqual([scene.malformed, browser.complaints], [[], []]);
    },
  );
}

/** After so many pictures there is a key frame that nobody asked for: five seconds of them. */
const LONGEST_RUN = 5 * SCREEN.rate;

/** How many key frames there are in the next pictures, and how many of them come before their turn. */
async function nextPictures(scene: CaptureScene, count: number) {
  const before = scene.of("picture").length;
  await scene.until("picture", before + count);
  const all = scene.of("picture").slice(0, before + count);
  const keys = all.flatMap(({ picture }, index) => picture.isKey ? [index] : []);
  const isEarly = (key: number, at: number) => key - (keys[at - 1] ?? -LONGEST_RUN) < LONGEST_RUN;
  return {
    keys: keys.filter((key) => key >= before).length,
    early: keys.filter((key, at) => key >= before && isEarly(key, at)).length,
  };
}

testWith(
  ["chromium"],
  "a still picture is repeated once a second, and at once as a key frame",
  async () => {
    await using scene = await CaptureScene.open();
    await using browser = await TestBrowser.launch([STAGE_SHARED]);
    const stage = await browser.open(scene.url("stage"));
    const page = await openStudio(browser, scene, { beside: stage });
    await share(page);
    await scene.until("picture", 5);
    await stage.evaluate("isStill = true");
    const stepsOf = () => {
      const times = scene.of("picture").map(({ at }) => at);
      return times.slice(1).map((at, index) => at - times[index]!);
    };
    await waitFor(
      () => stepsOf().slice(-3).every((step) => step >= 900),
      () => stepsOf().join(" "),
    );
    scene.tell({ isKeyFrameWanted: true });
    const two = await nextPictures(scene, 2);
    assert.ok(two.keys >= 1 && two.early <= 1, JSON.stringify(two));
    assert.deepEqual(scene.of("paused"), []);
  },
);

testWith(
  ["chromium"],
  "a link that is behind gets nothing new, and then goes on without a key frame",
  async () => {
    await using scene = await CaptureScene.open();
    await using browser = await TestBrowser.launch([STAGE_SHARED]);
    const stage = await browser.open(scene.url("stage"));
    const page = await openStudio(browser, scene, { beside: stage });
    await share(page);
    await scene.until("picture", 10);
    await page.evaluate(() => void (studio.load.bytes = 1e9));
    await scene.until("paused", 1);
    const before = scene.of("picture").length;
    await sleep(500);
    assert.equal(scene.of("picture").length, before);
    await page.evaluate(() => void (studio.load.bytes = 0));
    const after = await nextPictures(scene, 5);
    assert.equal(after.early, 0);
    assert.deepEqual(scene.warnings, []);
  },
);

testWith(
  ["chromium"],
  "what is shared may change its size, be stopped three times, and come back with its page",
  async () => {
    await using scene = await CaptureScene.open();
    await using browser = await TestBrowser.launch([STAGE_SHARED]);
    const stage = await browser.open(scene.url("stage"));
    const page = await openStudio(browser, scene, { initScript: TRACK_LOG, beside: stage });
    for (let round = 1; round <= 3; round++) {
      await share(page);
      await nextPictures(scene, 5);
      assert.equal(scene.of("screen-started").length, round);
      if (round < 3) await page.evaluate(() => studio.screen.stop());
      // What the browser does when its own bar ends the share.
      else {
        await page.evaluate(() => {
          const { tracks } = globalThis as unknown as { tracks: MediaStreamTrack[] };
          tracks.at(-1)!.dispatchEvent(new Event("ended"));
        });
      }
      await scene.until("screen-stopped", round);
    }
    const code = await page.evaluate(() => {
      const state = studio.screen.state.value;
      return state.phase === "failed" ? state.problem.code : state.phase;
    });
    assert.equal(code, "stopped-in-browser");

    await share(page);
    await nextPictures(scene, 3);
    await stage.setViewportSize({ width: 640, height: 480 });
    await scene.until("screen-resized", 1);
    await nextPictures(scene, 3);
    const resized = scene.outputs.findIndex(({ kind }) => kind === "screen-resized");
    const first = scene.outputs[resized + 1];
    assert.ok(first?.kind === "picture" && first.picture.isKey);

    await page.close();
    await scene.until("paused", 1);
    const again = await openStudio(browser, scene, { beside: stage });
    await share(again);
    await scene.until("resumed", 1);
    await nextPictures(scene, 3);
    assert.equal(scene.of("screen-started").length, 4, "in the same channel");
    assert.deepEqual(scene.malformed, []);
  },
);
