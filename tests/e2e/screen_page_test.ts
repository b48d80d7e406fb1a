import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { testWith } from "../tools.ts";
import { TestBrowser, view } from "./browser.ts";
import { serve } from "./streamer.ts";
import {
  type Clip,
  difference,
  makeClip,
  meanDifference,
  picture,
  ScreenScene,
  untilShown,
} from "./screen_page.ts";

/** Rounding of colours. Pictures of a clip that follow each other differ by more than twice as much. */
const TOLERANCE = 2;
const PATIENCE = { timeout: 20_000 };
/** Constrained Baseline has no B frames; these pictures are sent in another order than they are shown in. */
const WITH_B_FRAMES = ["-c:v", "libx264", "-bf", "3", "-g", "30", "-pix_fmt", "yuv420p"];

const CLIPS = [
  ["H.264 Baseline", { codec: "h264" }],
  ["H.264 with B frames", { codec: "h264", encoding: WITH_B_FRAMES }],
  ["VP8", { codec: "vp8" }],
] as const;

for (const [name, options] of CLIPS) {
  testWith(["chromium", "ffmpeg"], `a page shows ${name} as ffmpeg decodes it`, async () => {
    const clip = await makeClip(options);
    assert.equal(clip.frames.length, clip.pictures.length);
    await using scene = new ScreenScene();
    const url = await scene.open(options.codec);
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    await page.getByText("Waiting for the first picture").waitFor(PATIENCE);
    scene.show(...clip.frames.slice(0, 20));
    // The decoder holds back the pictures that are shown after one that is still to come.
    const held = "encoding" in options ? 3 : 1;
    await untilShown(page, clip, 20 - held, TOLERANCE);
    assert.ok(await difference(page, clip.pictures[19 - held]!, clip) > 2 * TOLERANCE);
    scene.show(...clip.frames.slice(20));
    await untilShown(page, clip, clip.frames.length - held, TOLERANCE);
    await page.getByText("Live", { exact: true }).waitFor(PATIENCE);
    assert.deepEqual(browser.complaints, []);
  });
}

testWith(
  ["chromium", "ffmpeg"],
  "a file of the host is on the canvas of each page, and in its ledger",
  async () => {
    const clip = await makeClip({ codec: "vp8" });
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve(["--screen", clip.file, "--loop"]);
    opened.use(host);
    const { viewer, url } = await view(link);
    opened.use(viewer);
    const browser = opened.use(await TestBrowser.launch());
    for (const page of [await browser.open(url), await browser.open(url, { width: 390 })]) {
      await page.locator('.stage[data-picture="true"]').waitFor(PATIENCE);
      for (let look = 0; look < 3; look++) {
        const shown = await picture(page, clip);
        const differences = clip.pictures.map((one) => meanDifference(shown!, one));
        assert.ok(Math.min(...differences) <= TOLERANCE, `${Math.min(...differences)}`);
      }
      await page.waitForFunction(() =>
        Number(
          document.querySelector('[data-testid="ledger-screen"] [data-field="framesReceived"]')
            ?.textContent,
        ) > 0
      );
    }
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(
  ["chromium", "ffmpeg"],
  "a page that opens late, comes back or was hidden shows the picture at once",
  async () => {
    const clip = await makeClip({ codec: "h264" });
    await using scene = new ScreenScene();
    const url = await scene.open("h264");
    await using browser = await TestBrowser.launch();
    scene.show(...clip.frames.slice(0, 38));
    const page = await browser.open(url);
    await untilShown(page, clip, 37, TOLERANCE);
    await page.reload();
    await untilShown(page, clip, 37, TOLERANCE);
    await setHidden(page, true);
    scene.show(clip.frames[38]!);
    await setHidden(page, false);
    await untilShown(page, clip, 38, TOLERANCE);
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(
  ["chromium", "ffmpeg"],
  "a page that stalls goes on at a key frame, and no other notices",
  async () => {
    const clip = await makeClip({ codec: "vp8" });
    await using scene = new ScreenScene();
    const url = await scene.open("vp8");
    await using browser = await TestBrowser.launch();
    const [stalled, other] = [await browser.open(url), await browser.open(url)];
    scene.show(clip.frames[0]!);
    await untilShown(stalled, clip, 0, TOLERANCE);
    // Its WebSocket is not read as long as its script runs.
    const stall = stalled.evaluate(() => {
      for (const end = Date.now() + 3000; Date.now() < end;);
    });
    scene.show(...clip.frames.slice(1, 35));
    await untilShown(other, clip, 34, TOLERANCE);
    await stall;
    scene.show(...clip.frames.slice(35));
    for (const page of [stalled, other]) {
      await untilShown(
        page,
        clip,
        clip.frames.length - 1,
        TOLERANCE,
      );
    }
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(
  ["chromium", "ffmpeg"],
  "damage is no wrong picture for long: the next key frame is shown",
  async () => {
    const clip = await makeClip({ codec: "h264" });
    await using scene = new ScreenScene();
    const url = await scene.open("h264");
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    scene.show(...clip.frames.slice(0, 5));
    await untilShown(page, clip, 4, TOLERANCE);
    const junk = Uint8Array.of(0x61, ...Array.from({ length: 500 }, (_, at) => at * 37 & 0xff));
    scene.show({ ...clip.frames[5]!, codec: "h264", nalUnits: [junk] });
    scene.show(...clip.frames.slice(30));
    await untilShown(page, clip, clip.frames.length - 1, TOLERANCE);
  },
);

testWith(
  ["chromium", "ffmpeg"],
  "a held picture and the end of sharing are said in words",
  async () => {
    const clip = await makeClip({ codec: "h264" });
    await using scene = new ScreenScene();
    const url = await scene.open("h264");
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    scene.show(...clip.frames.slice(0, 10));
    await untilShown(page, clip, 9, TOLERANCE);
    scene.hold(true);
    await page.getByText("Picture held: a part of it was lost.").waitFor(PATIENCE);
    await untilShown(page, clip, 9, TOLERANCE);
    scene.hold(false);
    scene.show(...clip.frames.slice(30, 32));
    await untilShown(page, clip, 31, TOLERANCE);
    await page.getByText("Live", { exact: true }).waitFor(PATIENCE);
    scene.session.emit({ kind: "channel-ended", channel: "screen", codec: "h264" });
    await page.locator(".stage").getByText("The host has stopped sharing").waitFor(PATIENCE);
    assert.equal(await page.locator('[data-testid="screen"]').isVisible(), false);
  },
);

testWith(
  ["chromium", "ffmpeg"],
  "a page without WebCodecs says why, and gets no frames",
  async () => {
    const clip = await makeClip({ codec: "h264", count: 5 });
    await using scene = new ScreenScene();
    const url = await scene.open("h264");
    await using browser = await TestBrowser.launch();
    const initScript = `delete globalThis.VideoDecoder;
    globalThis.binaryMessages = 0;
    const receive = WebSocket.prototype.addEventListener;
    globalThis.WebSocket = class extends WebSocket {
      constructor(...options) {
        super(...options);
        this.addEventListener("message", ({ data }) => globalThis.binaryMessages += typeof data !== "string");
      }
    };`;
    const page = await browser.open(url, { initScript });
    await page.getByText("This browser can't decode pictures in a page").waitFor(PATIENCE);
    scene.show(...clip.frames);
    scene.count(5);
    await page.locator('[data-testid="ledger-screen"] [data-field="framesReceived"]', {
      hasText: "5",
    })
      .waitFor(PATIENCE);
    assert.equal(await page.evaluate("binaryMessages"), 0);
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(
  ["chromium", "ffmpeg"],
  "a screen alone is shown without scoreboard, timeline and sound bar",
  async () => {
    const clip = await makeClip({ codec: "h264", count: 5 });
    await using scene = new ScreenScene();
    const url = await scene.open("h264");
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    scene.show(...clip.frames);
    scene.count(5);
    await untilShown(page, clip, 4, TOLERANCE);
    await page.locator('[data-testid="ledger-screen"] [data-field="framesReceived"]', {
      hasText: "5",
    })
      .waitFor(PATIENCE);
    for (const id of ["score", "clock", "timeline", "play", "ledger-audio", "ledger-events"]) {
      assert.equal(await page.locator(`[data-testid="${id}"]`).count(), 0, id);
    }
    assert.match(await page.locator("figcaption").last().innerText(), /of the screen/);
    assert.equal(await page.title(), "Streamer");
  },
);

testWith(
  ["chromium", "ffmpeg"],
  "the picture fills the display and comes back, and keeps its shape in every window",
  async () => {
    const clip = await makeClip({ codec: "h264", width: 360, height: 640, count: 5 });
    await using scene = new ScreenScene();
    const url = await scene.open("h264", true);
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    scene.show(...clip.frames);
    await untilShown(page, clip, 4, TOLERANCE);
    for (const [width, height] of [[390, 844], [1280, 844], [844, 390]] as const) {
      await page.setViewportSize({ width, height });
      await untilFitting(page, clip);
      const overflow = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth
      );
      assert.equal(overflow, 0, `the page is wider than ${width}`);
    }
    for (const leave of ["f", "Escape"]) {
      await page.keyboard.press("f");
      await page.getByRole("button", { name: "Exit full screen" }).waitFor(PATIENCE);
      await untilFitting(page, clip);
      await page.keyboard.press(leave);
      // A headless browser has no Escape of its own.
      if (leave === "Escape") await page.evaluate(() => document.exitFullscreen().catch(() => {}));
      await page.getByRole("button", { name: "Full screen", exact: true }).waitFor(PATIENCE);
    }
  },
);

/** Waits until the canvas has the picture's shape, and no more pixels than the picture or the window shows. */
async function untilFitting(page: Page, { width, height }: Clip): Promise<void> {
  await page.waitForFunction(
    ([width, height]) => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="screen"]')!;
      const scale = Math.min(1, canvas.clientWidth / width!, canvas.clientHeight / height!);
      return canvas.width === Math.round(width! * scale) &&
        canvas.height === Math.round(height! * scale);
    },
    [width, height],
    PATIENCE,
  );
}

/** As a browser does when another tab is in front. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden ? "hidden" : "visible");
}
