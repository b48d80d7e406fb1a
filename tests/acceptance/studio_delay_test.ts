import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { testWith } from "../tools.ts";
import { buildPage, TestBrowser, view } from "../e2e/browser.ts";
import { sleep, TemporaryFolder } from "../e2e/fixtures.ts";
import { serve } from "../e2e/streamer.ts";

/**
 * How long a picture takes from the host's screen to the page of a listener, with a clock in the picture. What the
 * browsers need for it is measured in the same run, without a network: a page captures, encodes, decodes and draws.
 */
const SECONDS = 30;
const SECONDS_ALONE = 10;
const LATENCY_MILLIS = 200;
/** What a live picture should take besides the latency. */
const AIM_MILLIS = 150;
/** A page that was just opened, on a machine without a graphics card, is behind for some seconds. */
const SETTLE_MILLIS = 8000;
/** The clock: the milliseconds since the epoch in binary, lowest bit first, and how many bits are set, in black and white. */
const [TIME_BITS, SUM_BITS] = [20, 5];
const BITS = TIME_BITS + SUM_BITS;
const STUDIO = [
  "--studio",
  "127.0.0.1:0",
  "--no-open",
  "--screen-size",
  "1280x720",
  "--screen-rate",
  "15",
];
/** Without a fake picker, which would share a fake screen. */
const BROWSER = [
  "--use-fake-device-for-media-stream",
  "--auto-select-tab-capture-source-by-title=stage",
];
const STAGE = `<!doctype html><title>stage</title><style>body{margin:0;background:#fff}
canvas{position:fixed;left:0;top:0;width:100vw;height:30vh;image-rendering:pixelated}
p{position:fixed;left:0;bottom:0;font:16px monospace}</style><canvas width="${BITS}" height="1"></canvas><p></p>`;

/** Draws the clock thirty times a second, twice as often as is sent; the text below changes, as on a desktop. */
const DRAW = `(() => {
  const context = document.querySelector("canvas").getContext("2d");
  const line = document.querySelector("p");
  let isSecond = false;
  const draw = () => {
    requestAnimationFrame(draw);
    isSecond = !isSecond;
    if (isSecond) return;
    const time = Date.now() % ${2 ** TIME_BITS};
    const bits = Array.from({ length: ${TIME_BITS} }, (_, at) => time >> at & 1);
    const sum = bits.reduce((one, other) => one + other, 0);
    for (let at = 0; at < ${SUM_BITS}; at++) bits.push(sum >> at & 1);
    bits.forEach((bit, at) => {
      context.fillStyle = bit ? "#000" : "#fff";
      context.fillRect(at, 0, 1, 1);
    });
    line.textContent = new Date().toISOString() + " the quick brown fox jumps over the lazy dog";
  };
  draw();
})()`;

/** Reads the clock from the page's canvas, whenever it shows another one; gives the ages that were seen. */
const READ = `(() => {
  globalThis.ages = [];
  const small = new OffscreenCanvas(${BITS}, 1).getContext("2d", { willReadFrequently: true });
  small.imageSmoothingEnabled = false;
  let before = -1;
  const read = () => {
    const screen = document.querySelector('[data-testid="screen"]');
    if (screen && screen.width > 1) {
      const { width, height } = screen;
      small.drawImage(screen, 0, height * 0.15, width, 1, 0, 0, ${BITS}, 1);
      const { data } = small.getImageData(0, 0, ${BITS}, 1);
      const bits = Array.from({ length: ${BITS} }, (_, at) => data[4 * at] < 128 ? 1 : 0);
      const number = (from, to) => bits.slice(from, to).reduce((sum, bit, at) => sum + bit * 2 ** at, 0);
      const time = number(0, ${TIME_BITS});
      const sum = bits.slice(0, ${TIME_BITS}).reduce((one, other) => one + other, 0);
      if (sum === number(${TIME_BITS}, ${BITS}) && time !== before) {
        before = time;
        ages.push((Date.now() - time + ${2 ** TIME_BITS}) % ${2 ** TIME_BITS});
      }
    }
    requestAnimationFrame(read);
  };
  read();
})()`;

/** A page that shows a shared tab to itself, through an encoder and a decoder. */
const ALONE = `<!doctype html><title>alone</title><button>Share</button>
<canvas data-testid="screen" width="1280" height="720"></canvas>`;
const SHOW_ALONE = `document.querySelector("button").onclick = async () => {
  const video = { width: 1280, height: 720, frameRate: 15 };
  const [track] = (await navigator.mediaDevices.getDisplayMedia({ video })).getVideoTracks();
  const context = document.querySelector("canvas").getContext("2d", { alpha: false });
  const error = console.error;
  const decoder = new VideoDecoder({ error, output: (frame) => {
    if (decoder.decodeQueueSize <= 1) context.drawImage(frame, 0, 0, 1280, 720);
    frame.close();
  } });
  decoder.configure({ codec: "avc1.42e01f", optimizeForLatency: true });
  const encoder = new VideoEncoder({ error, output: (chunk) => decoder.decode(chunk) });
  encoder.configure({ codec: "avc1.42e01f", width: 1280, height: 720, bitrate: 1500000,
    latencyMode: "realtime", avc: { format: "annexb" } });
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  for (let count = 0;; count++) {
    const { value, done } = await reader.read();
    if (done) return;
    if (encoder.encodeQueueSize < 2) encoder.encode(value, { keyFrame: count === 0 });
    value.close();
  }
}`;

interface Ages {
  readonly count: number;
  readonly [name: string]: number;
}

/** Looks at the page's clock for some seconds. */
async function watch(page: Page, seconds: number): Promise<Ages> {
  await page.evaluate(READ);
  const before = processorTimes();
  await sleep(seconds * 1000);
  const after = processorTimes();
  const seen = await page.evaluate(() => (globalThis as unknown as { ages: number[] }).ages);
  const sorted = seen.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  const free = Math.round(100 * (after.idle - before.idle) / (after.all - before.all));
  return { count: seen.length, p50: at(0.5), p95: at(0.95), longest: at(1), free };
}

/** Linux: proc(5), the first line of /proc/stat, whose fourth number is idle time. */
function processorTimes(): { readonly idle: number; readonly all: number } {
  const [first] = Deno.readTextFileSync("/proc/stat").split("\n");
  const times = first!.trim().split(/\s+/).slice(1).map(Number);
  return { idle: times[3]!, all: times.reduce((sum, time) => sum + time, 0) };
}

const describe = ({ count, p50, p95, longest, free }: Ages) =>
  `${count} pictures, p50 ${p50} ms, p95 ${p95} ms, longest ${longest} ms, processor free ${free} %`;

async function measureAlone(browser: TestBrowser, desk: Page, url: string): Promise<Ages> {
  const page = await browser.open(url, { beside: desk });
  await page.evaluate(SHOW_ALONE);
  await page.locator("button").click();
  const ages = await watch(page, SECONDS_ALONE);
  await page.close();
  return ages;
}

/** Serves the page that needs no program of ours. Browsers let pages of this machine capture. */
function serveAlone() {
  const headers = { "content-type": "text/html" };
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, () => new Response(ALONE, { headers }));
}

testWith(
  ["chromium"],
  `from the host's screen to a listener's page, 1280x720 at 15/s, for ${SECONDS} s`,
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    await buildPage();
    const { host, link } = await serve(STUDIO);
    opened.use(host);
    const alone = opened.use(serveAlone());
    const { studio } = await host.line("ready");
    const { viewer, url } = await view(link, "127.0.0.1:0", {}, [
      "--latency",
      `${LATENCY_MILLIS}ms`,
    ]);
    opened.use(viewer);
    const browser = opened.use(await TestBrowser.launch(BROWSER));
    const desk = await browser.open(studio as string);
    await desk.context().grantPermissions(["microphone"]);
    await desk.locator('.studio[data-can-act="true"]').waitFor();
    const stage = await browser.open("about:blank", { beside: desk });
    await stage.setViewportSize({ width: 1280, height: 720 });
    await stage.setContent(STAGE);
    await stage.evaluate(DRAW);
    const machine = await measureAlone(browser, desk, `http://127.0.0.1:${alone.addr.port}/`);
    await desk.locator('[data-testid="mic"]').click();
    await desk.locator('[data-testid="share-screen"]').click();
    await desk.locator('[data-testid="share-screen"][aria-pressed="true"]').waitFor();
    const friends = opened.use(await TestBrowser.launch());
    const page = await friends.open(url);
    await page.locator('[data-testid="screen"]').waitFor();
    await page.locator('[data-testid="play"]').click();
    await page.locator('[data-status="playing"]').waitFor();
    await sleep(SETTLE_MILLIS);
    const ages = await watch(page, SECONDS);
    const cost = await desk.locator('[data-testid="screen-cost"]').innerText();
    await page.screenshot({ path: Deno.env.get("SCREENSHOT") ?? folder.file("page.png") });
    console.log(
      `the browser alone, without a network: ${describe(machine)}\n` +
        `from the host's screen to the page: ${describe(ages)}\n` +
        `the aim: p95 within ${LATENCY_MILLIS} + ${AIM_MILLIS} ms, where the machine is not the limit; ` +
        `cost at the host: ${cost}; load ${Deno.loadavg()[0]!.toFixed(1)}`,
    );
    assert.ok(ages.count > SECONDS, `only ${ages.count} pictures`);
  },
);
