import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { testWith } from "../tools.ts";
import { buildPage, TestBrowser, view } from "../e2e/browser.ts";
import { sleep, TemporaryFolder } from "../e2e/fixtures.ts";
import { serve } from "../e2e/streamer.ts";

/** How long a picture takes from the host's screen to the page of a listener, with a clock in the picture. */
const SECONDS = 30;
const LATENCY_MILLIS = 200;
/** What a live picture may take besides the latency. */
const ALLOWED_MILLIS = 150;
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
canvas{position:fixed;left:0;top:0;width:100vw;height:60vh;image-rendering:pixelated}
p{position:fixed;left:0;bottom:0;font:16px monospace}</style><canvas width="${BITS}" height="1"></canvas><p></p>`;

/** Draws the clock before each picture of the browser; the text below scrolls, as on a desktop. */
const DRAW = `(() => {
  const context = document.querySelector("canvas").getContext("2d");
  const line = document.querySelector("p");
  const draw = () => {
    const time = Date.now() % ${2 ** TIME_BITS};
    const bits = Array.from({ length: ${TIME_BITS} }, (_, at) => time >> at & 1);
    const sum = bits.reduce((one, other) => one + other, 0);
    for (let at = 0; at < ${SUM_BITS}; at++) bits.push(sum >> at & 1);
    bits.forEach((bit, at) => {
      context.fillStyle = bit ? "#000" : "#fff";
      context.fillRect(at, 0, 1, 1);
    });
    line.textContent = new Date().toISOString() + " the quick brown fox jumps over the lazy dog";
    requestAnimationFrame(draw);
  };
  draw();
})()`;

/** Reads the clock from the page's canvas, whenever it shows another one; gives the ages that were seen. */
const READ = `(() => {
  globalThis.ages = [];
  const small = new OffscreenCanvas(${BITS}, 1).getContext("2d", { willReadFrequently: true });
  let before = -1;
  const read = () => {
    const screen = document.querySelector('[data-testid="screen"]');
    if (screen && screen.width > 0) {
      const { width, height } = screen;
      for (let at = 0; at < ${BITS}; at++) {
        small.drawImage(screen, (at + 0.5) * width / ${BITS}, height * 0.3, 1, 1, at, 0, 1, 1);
      }
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

async function ages(page: Page): Promise<number[]> {
  const seen = await page.evaluate(() => (globalThis as unknown as { ages: number[] }).ages);
  return seen.toSorted((one, other) => one - other);
}

/** The share of a core that is free while nobody else runs is not known; the load tells who else does. */
const loadOf = () => Deno.loadavg()[0]!.toFixed(1);

testWith(
  ["chromium"],
  `from the host's screen to a listener's page, 1280x720 at 15/s, for ${SECONDS} s`,
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    await buildPage();
    const { host, link } = await serve(STUDIO);
    opened.use(host);
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
    await desk.locator('[data-testid="mic"]').click();
    await desk.locator('[data-testid="share-screen"]').click();
    await desk.locator('[data-testid="share-screen"][aria-pressed="true"]').waitFor();
    const friends = opened.use(await TestBrowser.launch());
    const page = await friends.open(url);
    await page.locator('[data-testid="screen"]').waitFor();
    await page.locator('[data-testid="play"]').click();
    await page.locator('[data-status="playing"]').waitFor();
    await page.evaluate(READ);
    await sleep(SECONDS * 1000);
    const seen = await ages(page);
    const at = (share: number) => seen[Math.floor(share * (seen.length - 1))];
    const cost = await desk.locator('[data-testid="screen-cost"]').innerText();
    await page.screenshot({ path: Deno.env.get("SCREENSHOT") ?? folder.file("page.png") });
    console.log(
      `${seen.length} pictures in ${SECONDS} s; from screen to page: p50 ${at(0.5)} ms, p95 ${
        at(0.95)
      } ms, ` +
        `longest ${
          at(1)
        } ms; allowed ${LATENCY_MILLIS} + ${ALLOWED_MILLIS} ms; cost at the host: ${cost}; load ${loadOf()}`,
    );
    assert.ok(seen.length > SECONDS, `only ${seen.length} pictures`);
  },
);
