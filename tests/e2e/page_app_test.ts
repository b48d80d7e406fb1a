import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TestBrowser, view } from "./browser.ts";
import { COMMENTARY_MP3 } from "./fixtures.ts";
import { serve } from "./streamer.ts";
import { testWith } from "../tools.ts";

/** Only ever waited out by a failing test. */
const PATIENCE = { timeout: 30_000 };
const byId = (id: string) => `[data-testid="${id}"]`;
const MATCH = ["--match", "Flamengo x Palmeiras"];
const HOST_ARGS = ["--audio", COMMENTARY_MP3, "--loop", "--simulate", ...MATCH];

async function start(opened: AsyncDisposableStack, launch = () => TestBrowser.launch()) {
  const { host, link } = await serve(HOST_ARGS);
  opened.use(host);
  const { viewer, url } = await view(link);
  opened.use(viewer);
  const browser = opened.use(await launch());
  const page = await browser.open(url);
  await page.locator(`${byId("play")}:enabled`).waitFor(PATIENCE);
  return { browser, page, url };
}

async function untilStatus(page: Page, status: string): Promise<void> {
  await page.locator(`${byId("play")}[data-status="${status}"]`).waitFor(PATIENCE);
}

const session = (page: Page) =>
  page.evaluate(() => {
    const { metadata, playbackState } = navigator.mediaSession;
    return { title: metadata?.title, pictures: metadata?.artwork.length, playbackState };
  });

testWith(
  ["chromium"],
  "Space, M and arrows move the sound, and the lock screen follows",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { browser, page } = await start(opened);
    const volume = page.locator(byId("volume"));
    const mute = page.locator(byId("mute"));
    assert.equal((await session(page)).playbackState, "none");
    await page.keyboard.press("Space");
    await untilStatus(page, "playing");
    const { title, pictures, playbackState } = await session(page);
    assert.match(title!, /^Flamengo \d+ x \d+ Palmeiras$/);
    assert.deepEqual([pictures, playbackState], [2, "playing"]);

    await page.keyboard.press("m");
    assert.equal(await mute.getAttribute("aria-pressed"), "true");
    assert.equal(await volume.getAttribute("aria-valuetext"), "muted, 100 percent");
    await page.keyboard.press("Shift+ArrowDown");
    assert.equal(await mute.getAttribute("aria-pressed"), "false");
    assert.equal(await volume.inputValue(), "95");
    await volume.focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await volume.inputValue(), "90");
    await page.keyboard.press("Shift+ArrowDown");
    assert.equal(await volume.inputValue(), "85", "once, by the slider itself");

    await page.keyboard.press("Space");
    await untilStatus(page, "stopped");
    assert.equal((await session(page)).playbackState, "paused");
    // A focused button takes Space for itself: once.
    await mute.focus();
    await page.keyboard.press("Space");
    assert.equal(await mute.getAttribute("aria-pressed"), "true");
    await untilStatus(page, "stopped");
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(
  ["chromium"],
  "the page can be installed: its manifest and every icon are as they say",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { browser, page, url } = await start(opened);
    const inside = await page.context().newCDPSession(page);
    const found = await inside.send("Page.getAppManifest");
    assert.deepEqual(found.errors, []);
    const { icons } = JSON.parse(found.data!) as {
      readonly icons: readonly { readonly src: string; readonly sizes: string }[];
    };
    const others = [{ src: "/apple-touch-icon.png", sizes: "180x180" }];
    for (const { src, sizes } of [...icons, ...others]) {
      const size = await page.evaluate(async (src) => {
        const image = new Image();
        image.src = src;
        await image.decode();
        return `${image.naturalWidth}x${image.naturalHeight}`;
      }, src);
      if (sizes !== "any") assert.equal(size, sizes, src);
    }
    const { installabilityErrors } = await inside.send("Page.getInstallabilityErrors");
    const left = installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito");
    assert.deepEqual(left, []);
    const head = await fetch(`${url}manifest.webmanifest`, { method: "HEAD" });
    assert.equal(head.headers.get("content-type"), "application/manifest+json");
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(["chromium"], "a browser without a language shows the page", async () => {
  await using opened = new AsyncDisposableStack();
  const environment = { LANG: "C", LC_ALL: "C", LANGUAGE: "" };
  const { browser, page } = await start(opened, () => TestBrowser.launch([], environment));
  await page.locator(`${byId("jitter-chart")} canvas`).first().waitFor(PATIENCE);
  assert.deepEqual(browser.complaints, []);
});

testWith(["chromium"], "a page that can't start says so, instead of staying blank", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, link } = await serve(["--simulate"]);
  opened.use(host);
  const { viewer, url } = await view(link);
  opened.use(viewer);
  const browser = opened.use(await TestBrowser.launch());
  // As what browsers give without a language did.
  const initScript =
    "Intl.Segmenter = class { constructor() { throw new RangeError('a language'); } };" +
    "matchMedia = () => { throw new RangeError('a language'); };" +
    "WebSocket = class { constructor() { throw new RangeError('a language'); } };" +
    "Document.prototype.createElementNS = () => { throw new RangeError('a language'); };";
  const page = await browser.open(url, { initScript });
  await page.getByRole("alert").filter({ hasText: "could not start" }).waitFor(PATIENCE);
  assert.match(
    await page.locator("#page").innerText(),
    /a language\. Reload it.*Firefox or Safari/,
  );
});
