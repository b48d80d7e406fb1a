import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TestBrowser, view } from "./browser.ts";
import { COMMENTARY_MP3, COMMENTARY_OPUS } from "./fixtures.ts";
import { serve, Streamer } from "./streamer.ts";
import { testWith } from "../tools.ts";

const HOST_ARGS = ["--audio", COMMENTARY_MP3, "--loop", "--simulate", "--interval", "200ms"];
/** Only ever waited out by a failing test. */
const PATIENCE = { timeout: 20_000 };

const byId = (id: string) => `[data-testid="${id}"]`;

interface Shown {
  readonly count: number;
  readonly entries: number;
  readonly score: string;
  readonly clock: string;
}

/** What a page shows at one moment. */
function look(page: Page): Promise<Shown> {
  return page.evaluate(() => {
    const text = (id: string) => document.querySelector(`[data-testid="${id}"]`)!.textContent!;
    const timeline = document.querySelector('[data-testid="timeline"]')!;
    return {
      count: Number(timeline.firstElementChild?.getAttribute("data-count") ?? 0),
      entries: timeline.childElementCount,
      score: text("score").trim(),
      clock: text("clock").trim(),
    };
  });
}

async function untilEntries(page: Page, count: number): Promise<void> {
  const entries = page.locator(`${byId("timeline")} > *`);
  await entries.nth(count - 1).waitFor({ state: "attached", ...PATIENCE });
}

/** Waits until the sound's ledger counts more than `before` packets; the count. */
async function untilReceived(page: Page, before: number): Promise<number> {
  const handle = await page.waitForFunction(
    (before) => {
      const selector = '[data-testid="ledger-audio"] [data-field="packetsReceived"]';
      const count = Number(document.querySelector(selector)!.textContent!.replaceAll(",", ""));
      return count > before && count;
    },
    before,
    PATIENCE,
  );
  return Number(await handle.jsonValue());
}

async function untilConnection(page: Page, word: string): Promise<void> {
  await page.locator(byId("connection"), { hasText: word }).waitFor(PATIENCE);
}

/** Waits until what comes out of the loudspeaker is louder than a whisper. */
async function untilHeard(page: Page): Promise<void> {
  await page.waitForFunction(
    () => Number(document.querySelector('[data-testid="level"]')!.getAttribute("data-rms")) > 0.02,
    undefined,
    PATIENCE,
  );
}

testWith(
  ["chromium"],
  "score, clock and timeline follow the feed on every page, and the ledger moves",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve([...HOST_ARGS, "--token", "evening", "--seed", "5"]);
    opened.use(host);
    const { viewer, url } = await view(link);
    opened.use(viewer);
    const browser = opened.use(await TestBrowser.launch());
    const pages = [await browser.open(url), await browser.open(url, { width: 390 })];
    for (const page of pages) {
      const received = await untilReceived(page, 0);
      await untilEntries(page, 25);
      await untilReceived(page, received);
      const shown = await look(page);
      const { event } = await viewer.line("event", ({ event }) => event.count === shown.count);
      assert.equal(shown.score, event.score);
      assert.equal(shown.clock, event.event.clock);
      const told = viewer.lines.filter((line) => line.kind === "event");
      assert.equal(shown.entries, told.findIndex((line) => line.event.count === shown.count) + 1);
      assert.match(await page.locator(byId("ledger-events")).innerText(), /missed nothing/);
      assert.equal(await page.locator(`${byId("jitter-chart")} canvas`).count(), 3);
      const overflow = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth
      );
      assert.equal(overflow, 0, "the page is wider than its window");
    }
    assert.deepEqual(browser.complaints, []);
  },
);

for (const [codec, recording] of [["MP3", COMMENTARY_MP3], ["Opus", COMMENTARY_OPUS]] as const) {
  for (const way of ["WebCodecs", "an audio element"] as const) {
    testWith(
      ["chromium"],
      `Play makes ${codec} heard through ${way}, and pause ends it`,
      async () => {
        await using opened = new AsyncDisposableStack();
        const { host, link } = await serve(["--audio", recording, "--loop"]);
        opened.use(host);
        const { viewer, url } = await view(link);
        opened.use(viewer);
        const browser = opened.use(await TestBrowser.launch());
        const initScript = way === "WebCodecs" ? undefined : "delete globalThis.AudioDecoder";
        const page = await browser.open(url, { initScript });
        const level = page.locator(byId("level"));
        assert.equal(await level.getAttribute("data-rms"), "0.00000");
        await page.locator(byId("play")).click();
        await untilHeard(page);
        assert.equal(await page.locator(byId("play")).getAttribute("data-status"), "playing");
        assert.match(await page.locator(".readings").innerText(), /Total delay\s+\d+\.\d\d s/);
        await page.locator(byId("play")).click();
        await page.locator(`${byId("level")}[data-rms="0.00000"]`).waitFor(PATIENCE);
        assert.deepEqual(browser.complaints, []);
      },
    );
  }
}

testWith(["chromium"], "a page finds its restarted viewer by itself, sound and all", async () => {
  await using opened = new AsyncDisposableStack();
  // A match of four minutes and a half: it is not over before a busy machine has started all this.
  const match = ["--audio", COMMENTARY_MP3, "--loop", "--simulate", "--speed", "20"];
  const { host, link } = await serve([...match, "--token", "evening"]);
  opened.use(host);
  const first = await view(link);
  opened.use(first.viewer);
  const browser = opened.use(await TestBrowser.launch());
  const page = await browser.open(first.url);
  await untilConnection(page, "Connected");
  await page.evaluate(() => document.body.dataset.mark = "same page");
  await page.locator(byId("play")).click();
  await untilHeard(page);

  first.viewer.kill("SIGKILL");
  await first.viewer.finished;
  await untilConnection(page, "Reconnecting");
  await page.locator(`${byId("level")}[data-rms="0.00000"]`).waitFor(PATIENCE);
  const { count } = await look(page);

  const second = await view(link, first.http);
  opened.use(second.viewer);
  await untilConnection(page, "Connected");
  await untilHeard(page);
  await page.waitForFunction(
    (before) =>
      Number(
        document.querySelector('[data-testid="timeline"]')!.firstElementChild
          ?.getAttribute("data-count"),
      ) > before,
    count,
    PATIENCE,
  );
  assert.equal(await page.evaluate(() => document.body.dataset.mark), "same page");
});

testWith(["chromium"], "a page says that the host is silent, and that it is over", async () => {
  await using opened = new AsyncDisposableStack();
  const first = await serve([...HOST_ARGS, "--token", "evening"]);
  opened.use(first.host);
  const { viewer, url } = await view(first.link);
  opened.use(viewer);
  const browser = opened.use(await TestBrowser.launch());
  const page = await browser.open(url);
  await untilConnection(page, "Connected");
  first.host.kill("SIGKILL");
  await untilConnection(page, "No signal");
  const address = ["--host", "127.0.0.1", "--port", String(first.port)];
  const second = opened.use(
    new Streamer(["serve", ...address, "--json", ...HOST_ARGS, "--token", "evening"]),
  );
  await untilConnection(page, "Connected");
  await second.line("stats", ({ channels }) => channels?.[0]?.packetCount > 0);
  second.kill("SIGTERM");
  await untilConnection(page, "The broadcast is over");
  assert.equal((await viewer.end(0)).reason, "bye");
  await page.waitForTimeout(1000);
  await untilConnection(page, "The broadcast is over");
});

testWith(
  ["chromium"],
  "other sites can neither read the page's state nor open its WebSocket",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve(["--simulate"]);
    opened.use(host);
    const { viewer, url, http } = await view(link);
    opened.use(viewer);
    assert.match(await request(http, "127.0.0.1"), /^HTTP\/1\.1 200 /);
    assert.match(await request(http, "evil.example"), /^HTTP\/1\.1 403 .*evil\.example/s);

    const stranger = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => new Response("<!DOCTYPE html>", { headers: { "Content-Type": "text/html" } }),
    );
    opened.defer(() => stranger.shutdown());
    const browser = opened.use(await TestBrowser.launch());
    const page = await browser.open(`http://127.0.0.1:${stranger.addr.port}/`);
    const tried = await page.evaluate(async (url) => ({
      state: await fetch(`${url}api/state`).then(() => "read", () => "refused"),
      socket: await new Promise((resolve) => {
        const socket = new WebSocket(url.replace("http", "ws") + "ws");
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      }),
    }), url);
    assert.deepEqual(tried, { state: "refused", socket: "refused" });
  },
);

testWith(
  ["chromium"],
  "beyond loopback the page opens only with its whole address, and the user who serves it is warned",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve([...HOST_ARGS]);
    opened.use(host);
    const { viewer, url } = await view(link, "0.0.0.0:0");
    opened.use(viewer);
    const { origin, hash } = new URL(url);
    assert.match(hash, /^#k=[\w-]{22}$/);
    await viewer.until(() => viewer.stderr.includes("not encrypted"), "warning");
    await viewer.line("joined");
    for (const path of ["/", "/api/state", "/audio", "/page.js"]) {
      const response = await fetch(origin + path);
      assert.equal(response.status, 403, path);
      await response.body?.cancel();
    }
    const manifest = await fetch(`${origin}/manifest.webmanifest`);
    assert.equal((await manifest.json()).name, "Streamer");
    const player = await fetch(`${origin}/audio?${hash.slice(1)}`);
    assert.equal(player.status, 200);
    await player.body!.cancel();

    const browser = opened.use(await TestBrowser.launch());
    const page = await browser.open(origin);
    await page.getByText("opens with its whole address").waitFor(PATIENCE);
    await page.goto(url);
    await untilConnection(page, "Connected");
    assert.equal(page.url(), `${origin}/`);
    await page.locator(byId("play")).click();
    await untilHeard(page);
    const cookies = await page.context().cookies();
    assert.deepEqual(cookies.map(({ httpOnly }) => httpOnly), [true]);

    // The door that stood between is the one complaint.
    for (const complaint of browser.complaints) assert.match(complaint, /403/);
    viewer.kill("SIGKILL");
    await viewer.finished;
    const { hostname, port } = new URL(url);
    opened.use((await view(link, `0.0.0.0:${port}`)).viewer);
    assert.equal(new URL(page.url()).hostname, hostname);
    await page.getByText("opens with its whole address").waitFor(PATIENCE);
  },
);

Deno.test("a busy address of the page is one line that says what to do", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, link } = await serve(["--simulate"]);
  opened.use(host);
  const { viewer, http } = await view(link);
  opened.use(viewer);
  const second = opened.use(new Streamer(["view", link, "--http", http]));
  const { code, stderr, stdout } = await second.finished;
  assert.equal(code, 1);
  assert.match(stderr, /^[^\n]*in use[^\n]*--http[^\n]*\n$/);
  assert.equal(stdout, "");
});

/** The whole answer to `GET /`, asked for under another name. */
async function request(http: string, host: string): Promise<string> {
  const [hostname = "", port] = http.split(":");
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const text = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text();
}
