import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { requireTool, testWith } from "../tools.ts";
import { buildPage, type OpenOptions, TestBrowser } from "./browser.ts";
import { TestFirefox } from "./firefox.ts";
import { sleep, TemporaryFolder } from "./fixtures.ts";
import { type JsonLine, listen, serve, type Streamer } from "./streamer.ts";

/** The studio's page in a real browser, with the real program behind it. */
const STUDIO = ["--studio", "127.0.0.1:0", "--no-open"];
const MATCH = ["--match", "Flamengo x Palmeiras"];
const BROWSER = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--auto-select-tab-capture-source-by-title=stage",
];
/** Only ever waited out by a failing test. */
const PATIENCE = { timeout: 60_000 };
const AUDIBLE_DECIBELS = -40;
/** A picture that moves, to be shared. */
const STAGE = `<!doctype html><title>stage</title><style>body{background:#123}
#ball{position:absolute;width:90px;height:90px;background:#fc3}</style><div id="ball"></div>`;

interface Shifts {
  readonly shifts: readonly {
    readonly value: number;
    readonly moved: readonly (string | null)[];
  }[];
}

/** The newest event pushes the others down, notices push each other up, and a line of words may get shorter. */
const MAY_MOVE = /class="(entry|notice|pill|status|panel-note)/;

async function assertSteady(page: Page): Promise<void> {
  const shifts = await page.evaluate(() => (globalThis as unknown as Shifts).shifts);
  const jumps = shifts.filter(({ moved }) => !moved.every((html) => MAY_MOVE.test(html ?? "")));
  const sum = jumps.reduce((sum, { value }) => sum + value, 0);
  assert.ok(sum < MOST_SHIFTED, `what is shown jumps: ${JSON.stringify(jumps, null, 1)}`);
}

const byId = (id: string) => `[data-testid="${id}"]`;
const isOf = (channel: string) => (line: JsonLine) => line.channel === channel;

/** Writes down what was moved, but for what a press or a new size of the window has done. */
const SHIFT_METER = `globalThis.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    const moved = sources.map(({ node }) => node?.outerHTML?.slice(0, 80));
    if (!hadRecentInput) shifts.push({ value, moved });
  }
}).observe({ type: "layout-shift", buffered: true });`;
/** Below a tenth of what is thought good of a page (web.dev, "Cumulative Layout Shift"). */
const MOST_SHIFTED = 0.01;

async function start(opened: AsyncDisposableStack, args: readonly string[] = STUDIO) {
  await buildPage();
  const { host, link, port } = await serve(args);
  opened.use(host);
  const { studio } = await host.line("ready");
  const browser = opened.use(await TestBrowser.launch(BROWSER));
  return { host, link, port, studio: studio as string, browser };
}

async function openStudio(browser: TestBrowser, url: string, options?: OpenOptions): Promise<Page> {
  const page = await browser.open(url, options);
  await page.locator("[data-action]").first().waitFor(PATIENCE);
  return page;
}

async function untilDriving(page: Page): Promise<void> {
  await page.locator('.studio[data-can-act="true"]').waitFor(PATIENCE);
}

async function untilPressed(page: Page, id: string, isPressed: boolean): Promise<void> {
  await page.locator(`${byId(id)}[aria-pressed="${isPressed}"]`).waitFor(PATIENCE);
}

testWith(
  ["chromium", "ffmpeg"],
  "Microphone is pressed, and a listener records sound that is not silent; loaded again, the page goes on by itself",
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const { host, link, studio, browser } = await start(opened);
    const recording = folder.file("sound.opus");
    const listener = opened.use(listen([link, "--record", recording]));
    await listener.line("joined");
    const page = await openStudio(browser, studio);
    await untilDriving(page);
    assert.equal(new URL(page.url()).hash, "", "the secret does not stay in the address");
    assert.equal(await page.locator(byId("mic")).isEnabled(), true);
    assert.equal(await page.locator(byId("studio-link")).innerText(), link);
    assert.equal(await page.locator(byId("mic")).innerText(), "Microphone");
    await page.locator(byId("mic")).click();
    await untilPressed(page, "mic", true);
    assert.equal(await page.locator(byId("mic")).innerText(), "Stop microphone");
    await listener.line("channel-started", isOf("audio"));
    await page.locator(byId("connection"), { hasText: "On air" }).waitFor(PATIENCE);
    await page.waitForFunction(
      () => Number(document.querySelector("[data-rms]")!.getAttribute("data-rms")) > -40,
      undefined,
      PATIENCE,
    );

    await untilReceived(listener, 100);
    await page.reload();
    await host.line("channel-paused", isOf("audio"));
    await listener.line("channel-resumed", isOf("audio"));
    await untilPressed(page, "mic", true);
    await untilReceived(listener, 200);
    await page.locator(byId("mic")).click();
    await listener.line("channel-ended", isOf("audio"));
    await untilPressed(page, "mic", false);
    host.kill("SIGINT");
    await listener.end();
    const loudest = await loudness(recording);
    assert.ok(loudest > AUDIBLE_DECIBELS, `${loudest} dB`);
    await page.locator(byId("connection"), { hasText: "over" }).waitFor(PATIENCE);
    assertNoComplaints(browser);
  },
);

async function untilReceived(listener: Streamer, packets: number): Promise<void> {
  await listener.line(
    "stats",
    ({ channels }) => channels.find(isOf("audio"))?.packetsReceived >= packets,
  );
}

/** The loudest sample, in dBFS. */
async function loudness(file: string): Promise<number> {
  const { stderr } = await new Deno.Command(requireTool("ffmpeg"), {
    args: ["-nostdin", "-hide_banner", "-i", file, "-af", "volumedetect", "-f", "null", "-"],
    stdin: "null",
  }).output();
  return Number(/max_volume: (-?[\d.]+) dB/.exec(new TextDecoder().decode(stderr))?.[1]);
}

/**
 * The door that stood before the page is no complaint, nor is a host that has ended; Chromium complains of the
 * camera whenever a tab is shared.
 */
const EXPECTED = /status of 403|ERR_CONNECTION|Failed to fetch|camera is not allowed/;

function assertNoComplaints({ complaints }: TestBrowser): void {
  assert.deepEqual(complaints.filter((text) => !EXPECTED.test(text)), []);
}

/** Presses keys one after another, and waits until each has made its event. */
async function pressAll(page: Page, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const before = await shownEvents(page);
    await page.keyboard.press(key);
    await page.waitForFunction(
      (before) => document.querySelectorAll('[data-testid="timeline"] > *').length > before,
      before,
      PATIENCE,
    );
  }
}

async function shownEvents(page: Page): Promise<number> {
  return await page.locator(`${byId("timeline")} > *`).count();
}

async function untilSent(page: Page, count: number): Promise<void> {
  const sent = page.locator(`${byId("timeline")} > [data-count]`);
  await sent.nth(count - 1).waitFor({ state: "attached", ...PATIENCE });
}

testWith(
  ["chromium"],
  "a match is played by the keyboard alone: undone, corrected, and the same at the listener",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link, studio, browser } = await start(opened, [...STUDIO, ...MATCH]);
    const listener = opened.use(listen([link]));
    await listener.line("joined");
    const page = await openStudio(browser, studio);
    await untilDriving(page);
    await pressAll(page, ["k", "g", "Shift+G"]);
    await page.keyboard.press("z");
    await page.waitForFunction(
      () => document.querySelectorAll('[data-testid="timeline"] > *').length === 2,
      undefined,
      PATIENCE,
    );
    await untilSent(page, 2);
    await page.getByText("Flamengo 1, Palmeiras 0", { exact: true }).waitFor(PATIENCE);

    // The goal was a penalty shot: the skip link leads to the timeline, whose first event it is.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("dialog[open]").waitFor(PATIENCE);
    for (const key of ["Tab", "Tab", "Tab"]) await page.keyboard.press(key);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Goal by the captain, zig-zag");
    for (const key of ["Tab", "Tab", "Enter"]) await page.keyboard.press(key);
    await page.locator("dialog[open]").waitFor({ state: "detached", ...PATIENCE });

    await page.keyboard.press("n");
    await page.keyboard.type("The whole stand sings");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await pressAll(page, ["h", "d", "Shift+W", "e"]);
    await untilSent(page, 8);
    await listener.until(
      () => listener.lines.filter(({ kind }) => kind === "event").length === 8,
      "8 events",
    );
    const told = listener.lines.filter(({ kind }) => kind === "event").map(({ event }) => event);
    assert.deepEqual(told.map(({ event, score }) => [event.title, event.origin, score]), [
      ["Kick-off", "", "0 x 0"],
      ["Goal", "Flamengo", "1 x 0"],
      ["Goal", "Flamengo", "1 x 0"],
      ["Comment", "", "1 x 0"],
      ["Half-time", "", "1 x 0"],
      ["Second half", "", "1 x 0"],
      ["Own goal", "Palmeiras", "2 x 0"],
      ["Full-time", "", "2 x 0"],
    ]);
    assert.equal(told[2]!.event.supersedes, told[1]!.event.id);
    assert.equal(told[2]!.content, "Goal by the captain, zig-zag");
    assert.equal(told[3]!.content, "The whole stand sings");
    const shown = await page.locator(`${byId("timeline")} > [data-count]`).evaluateAll((entries) =>
      entries.map((entry) => (entry as HTMLElement).dataset.id).reverse()
    );
    assert.deepEqual(shown, told.map(({ event }) => event.id));
    host.kill("SIGINT");
    await listener.end();
    assertNoComplaints(browser);
  },
);

testWith(
  ["chromium"],
  "the teams are named by the keyboard, and refused with a sentence; listeners are told",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { link, studio, browser } = await start(opened);
    const listener = opened.use(listen([link]));
    await listener.line("joined");
    const page = await openStudio(browser, studio);
    await untilDriving(page);
    await page.locator(byId("teams")).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Who plays?" }).waitFor(PATIENCE);
    await page.keyboard.type("Grêmio Foot-Ball Porto Alegrense, 1903 and more");
    assert.equal((await page.locator(byId("team-home")).inputValue()).length, 40);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("Give both teams a name").waitFor(PATIENCE);
    await page.keyboard.press("Tab");
    await page.keyboard.type("Vasco");
    await page.keyboard.press("Enter");
    const { home, away } = await listener.line("teams");
    assert.deepEqual([home, away], ["Grêmio Foot-Ball Porto Alegrense, 1903 a", "Vasco"]);
    await page.locator(`${byId("event-buttons")} [data-action="Goal"][data-origin="Vasco"]`)
      .waitFor(PATIENCE);
    await page.locator("dialog").waitFor({ state: "detached", ...PATIENCE });
    await pressAll(page, ["Shift+G"]);
    await page.locator(`${byId("teams")}[aria-disabled="true"]`).waitFor(PATIENCE);
    await page.locator(byId("teams")).focus();
    await page.keyboard.press("Enter");
    await page.locator(byId("notices")).getByText(/names stay|undo it first/).waitFor(PATIENCE);
    assert.equal(await page.locator("dialog").count(), 0);
    assertNoComplaints(browser);
  },
);

testWith(
  ["chromium"],
  "letters are the match's keys while a list of choices is closed, and the list's while it is open",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { studio, browser } = await start(opened);
    const page = await openStudio(browser, studio);
    await untilDriving(page);
    const periods = page.getByLabel("Period");
    await periods.focus();
    await pressAll(page, ["c", "Shift+P"]);
    assert.equal(await periods.inputValue(), "", "no period was chosen");
    await page.keyboard.press("ArrowDown");
    assert.equal(await periods.inputValue(), "1");
    await periods.click();
    await page.keyboard.press("p");
    await page.keyboard.press("Enter");
    assert.equal(await periods.inputValue(), "5", "Penalties");
    assert.equal(await shownEvents(page), 2);
    assertNoComplaints(browser);
  },
);

testWith(
  ["chromium"],
  "a tab is shared, stopped and shared again; a listener gets its pictures",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link, studio, browser } = await start(opened);
    const listener = opened.use(listen([link, "--frames"]));
    await listener.line("joined");
    const page = await openStudio(browser, studio);
    await untilDriving(page);
    const stage = await browser.open("about:blank", { beside: page });
    await stage.setContent(STAGE);
    await stage.evaluate(() => {
      let at = 0;
      setInterval(() => {
        const ball = document.getElementById("ball")!;
        ball.style.transform = `translate(${at = (at + 7) % 600}px, 99px)`;
      }, 50);
    });
    await page.bringToFront();
    await page.getByText("Motion", { exact: true }).click();
    for (let time = 1; time <= 2; time++) {
      const before = listener.lines.filter(({ kind }) => kind === "frame").length;
      await page.locator(byId("share-screen")).click();
      await untilPressed(page, "share-screen", true);
      await listener.until(
        () => listener.lines.filter(({ kind }) => kind === "frame").length > before + 5,
        "pictures",
      );
      await page.locator(byId("screen-cost"), { hasText: /bit\/s/ }).waitFor(PATIENCE);
      await page.locator(byId("share-screen")).click();
      await untilPressed(page, "share-screen", false);
      await listener.until(
        () => listener.lines.filter(({ kind }) => kind === "channel-ended").length === time,
        "the channel's end",
      );
    }
    host.kill("SIGINT");
    await listener.end();
    assertNoComplaints(browser);
  },
);

testWith(
  ["chromium"],
  "a listener is put out after one question; a second page sees all, and takes over when asked",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { link, studio, browser, host } = await start(opened, [...STUDIO, "--simulate"]);
    const listener = opened.use(listen([link, "--name", "Ana"]));
    await listener.line("joined");
    const page = await openStudio(browser, studio, { initScript: SHIFT_METER });
    await untilDriving(page);
    const row = page.locator(`${byId("listeners")} tr[data-id]`, { hasText: "Ana" });
    await row.waitFor(PATIENCE);
    await row.locator(byId("put-out")).click();
    const question = page.locator("dialog[open]");
    assert.match(await question.innerText(), /Put out Ana\?[^]*can come back/);
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "detached", ...PATIENCE });
    assert.equal(await row.count(), 1, "asked, and not put out");
    await row.locator(byId("put-out")).click();
    await question.locator(byId("put-out")).click();
    await host.line("listener-left", ({ reason }) => reason === "put-out");
    await row.waitFor({ state: "detached", ...PATIENCE });
    assert.equal((await listener.end(3)).reason, "rejected");
    assert.match(listener.stderr, /put you out/);

    await page.locator(byId("mic")).click();
    await untilPressed(page, "mic", true);
    const second = await openStudio(browser, studio);
    await second.locator(byId("take-over")).waitFor(PATIENCE);
    await second.keyboard.press("g");
    await second.getByText("Nothing was sent").waitFor(PATIENCE);
    await second.locator(byId("take-over")).click();
    await untilDriving(second);
    await page.locator(byId("take-over")).waitFor(PATIENCE);
    await untilPressed(page, "mic", false);
    await host.line("channel-paused", isOf("audio"));
    await second.getByText("Press Microphone to go on").waitFor(PATIENCE);
    // A microphone that went on by itself would be stopped by this.
    await second.locator(byId("mic")).click();
    await untilPressed(second, "mic", true);
    await host.line("channel-resumed", isOf("audio"));
    host.kill("SIGKILL");
    await host.finished;
    await second.getByText("The host is gone").first().waitFor(PATIENCE);
    await page.getByText("The host is gone").first().waitFor(PATIENCE);
    await assertSteady(page);
    assertNoComplaints(browser);
  },
);

/** Without reports nothing is beside the score, so that the link takes its place. */
async function assertColumnsBeginTogether(page: Page): Promise<void> {
  const tops = await page.evaluate(() =>
    [".board", ".sound-panel", ".join-panel"].map((selector) =>
      document.querySelector(selector)!.getBoundingClientRect().top
    )
  );
  assert.equal(new Set(tops).size, 1, `the columns begin at ${tops}`);
}

testWith(
  ["chromium"],
  "axe finds nothing, narrow or wide, light or dark, asked or not",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { link, studio, browser } = await start(opened, [...STUDIO, ...MATCH]);
    const listener = opened.use(listen([link]));
    await listener.line("joined");
    for (const width of [320, 390, 768, 1280, 1920]) {
      const page = await openStudio(browser, studio, { width });
      if (width > 320) await page.locator(byId("take-over")).click(PATIENCE);
      await untilDriving(page);
      await page.locator(`${byId("listeners")} tr[data-id]`).waitFor(PATIENCE);
      await pressAll(page, width === 320 ? ["k", "g"] : ["Shift+G"]);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await assertAccessible(page, `${width} px, ${colorScheme}`);
      }
      const overflow = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth
      );
      assert.equal(overflow, 0, `the page is wider than its window of ${width} px`);
      if (width === 1920) await assertColumnsBeginTogether(page);
      await page.locator(byId("correct")).first().click();
      await assertAccessible(page, `${width} px, a question`);
      await page.keyboard.press("Escape");
    }
    assertNoComplaints(browser);
  },
);

async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ["violations"],
    })
  );
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`)
  );
  assert.deepEqual(found, [], where);
}

testWith(
  ["firefox-esr", "Xvfb", "pulseaudio"],
  "in Firefox the microphone and the buttons reach a listener",
  async () => {
    await using opened = new AsyncDisposableStack();
    await buildPage();
    const { host, link } = await serve(STUDIO);
    opened.use(host);
    const { studio } = await host.line("ready");
    const listener = opened.use(listen([link]));
    await listener.line("joined");
    const firefox = opened.use(await TestFirefox.launch());
    await firefox.open(studio);
    const canAct = `document.querySelector('.studio[data-can-act="true"]') !== null`;
    while (!await firefox.evaluate(canAct)) await sleep(100);
    await firefox.click(byId("mic"));
    await listener.line("channel-started", isOf("audio"));
    await listener.line(
      "stats",
      ({ channels }) =>
        channels.some((channel: JsonLine) =>
          channel.channel === "audio" && channel.packetsReceived > 20
        ),
    );
    await firefox.click(`${byId("event-buttons")} [data-action="Goal"][data-origin="Away"]`);
    assert.equal((await listener.line("event")).event.score, "0 x 1");
  },
);
