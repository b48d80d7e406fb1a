import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { testWith } from "../tools.ts";
import { buildPage, TestBrowser, view } from "./browser.ts";
import { TemporaryFolder } from "./fixtures.ts";
import { serve } from "./streamer.ts";

/** The reporters' page in a real browser: a host, three listeners that report, and the studio. */
const HOST = ["--match", "Flamengo x Santos", "--reports", "open", "--studio", "127.0.0.1:0"];
/** A lone report expires soon, and that nobody else saw it is soon told. */
const ACTIONS = [
  { title: "Goal", type: "goal", points: 1 },
  { title: "Corner", type: "corner", windowSeconds: 12 },
  { title: "Yellow card", type: "yellowCard" },
  { title: "Foul", type: "foul" },
  { title: "Shot", type: "shot" },
  { title: "Kick-off", type: "kickOff", both: true },
];
/** Only ever waited out by a failing test. */
const PATIENCE = { timeout: 60_000 };
const WIDTHS = [320, 360, 390, 768, 1280, 1920];
/** For a thumb. */
const LEAST_HEIGHT = 56;

const byId = (id: string) => `[data-testid="${id}"]`;
const of = (place: string, action: string, origin: string) =>
  `${byId(place)} [data-action="${action}"][data-origin="${origin}"]`;
/** The row of a vote; `more` says in which state it must be. */
const vote = (title: string, more = "") => `${byId("candidates")} li${more}:has-text("${title}")`;
/** The entry of the accepted timeline. */
const entry = (title: string, more = "") => `${byId("report-feed")} li${more}:has-text("${title}")`;

async function seen(pages: readonly Page[], selector: string): Promise<void> {
  for (const page of pages) await page.locator(selector).first().waitFor(PATIENCE);
}

async function gone(page: Page, selector: string): Promise<void> {
  await page.locator(selector).waitFor({ state: "detached", ...PATIENCE });
}

async function untilScore(pages: readonly Page[], score: string): Promise<void> {
  for (const page of pages) await page.locator(byId("score"), { hasText: score }).waitFor(PATIENCE);
}

async function untilCounted(page: Page, action: string, counts: readonly string[]): Promise<void> {
  for (const [at, origin] of ["Flamengo", "Santos"].entries()) {
    const cell = page.locator(of("match-statistics", action, origin), { hasText: counts[at]! });
    await cell.waitFor(PATIENCE);
  }
}

function report(page: Page, action: string, origin: string): Promise<void> {
  return page.locator(of("report-buttons", action, origin)).click(PATIENCE);
}

function say(page: Page, title: string, word: "agree" | "deny"): Promise<void> {
  return page.locator(`${vote(title)} ${byId(word)}`).click(PATIENCE);
}

async function start(opened: AsyncDisposableStack, listeners: number) {
  await buildPage();
  const folder = opened.use(new TemporaryFolder());
  const actions = folder.file("actions.json");
  await Deno.writeTextFile(actions, JSON.stringify(ACTIONS));
  const { host, link } = await serve([...HOST, "--no-open", "--actions", actions]);
  opened.use(host);
  const { studio } = await host.line("ready");
  const views = await Promise.all(Array.from({ length: listeners }, () => view(link)));
  for (const { viewer } of views) opened.use(viewer);
  const browser = opened.use(await TestBrowser.launch());
  return { host, link, studio: studio as string, views, browser };
}

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

async function assertFits(page: Page, where: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 844 });
    const overflow = await page.evaluate(() =>
      document.documentElement.scrollWidth - document.documentElement.clientWidth
    );
    assert.equal(overflow, 0, `${where} is wider than its window of ${width} px`);
  }
}

testWith(
  ["chromium"],
  "three phones report a match: votes, a lone liar, undo, denial, correction, and the host's word",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, studio: address, views, browser } = await start(opened, 3);
    const pages = await Promise.all(views.map(({ url }) => browser.open(url, { width: 360 })));
    const [ann, bob, liar] = pages as [Page, Page, Page];
    const studio = await browser.open(address);
    await seen(pages, of("report-buttons", "Goal", "Flamengo"));
    await ann.evaluate(() => {
      const seen = new Set<string>();
      const score = document.querySelector('[data-testid="score"]')!;
      new MutationObserver(() => seen.add(score.textContent!.replace(/\s+/g, " ").trim()))
        .observe(score, { childList: true, subtree: true, characterData: true });
      Object.assign(globalThis, { scores: seen });
    });

    // Two report a goal and one makes up a corner; everybody's score changes, once.
    await report(liar, "Corner", "Santos");
    await report(ann, "Goal", "Flamengo");
    await seen([ann], `${vote("Goal")} ${byId("agree")}[aria-pressed="true"]`);
    await seen([bob], `${vote("Goal", '[data-votes="1"][data-needed="2"]')}`);
    await report(bob, "Goal", "Flamengo");
    await untilScore([...pages, studio], "1 x 0");
    await seen(pages, entry("Goal", '[data-votes="2"][data-against="0"]'));
    await untilCounted(liar, "Goal", ["1", "0"]);
    await untilCounted(studio, "Goal", ["1", "0"]);
    await seen([ann], vote("Corner", '[data-state="expired"]'));
    await gone(ann, vote("Corner"));
    assert.equal(await liar.locator(entry("Corner")).count(), 0);
    assert.equal(await ann.locator(`${byId("timeline")} li`).count(), 1);

    // What was pressed by mistake is taken back.
    await report(liar, "Foul", "Flamengo");
    await liar.locator(`${byId("undo")}[data-waiting="1"]`).click(PATIENCE);
    await gone(liar, vote("Foul"));
    await host.line("candidate", ({ title, state }) => title === "Foul" && state === "retracted");

    // A denial counts against; taken back, it counts no more.
    await report(ann, "Shot", "Santos");
    await say(bob, "Shot", "deny");
    await say(liar, "Shot", "agree");
    await seen(pages, vote("Shot", '[data-votes="2"][data-against="1"]'));
    assert.equal(await ann.locator(entry("Shot")).count(), 0);
    await say(bob, "Shot", "deny");
    await seen(pages, entry("Shot", '[data-votes="2"]'));

    // The goal was the other team's.
    await ann.locator(`${entry("Goal")} ${byId("correct")}`).click(PATIENCE);
    await assertAccessible(ann, "a question");
    await ann.locator('dialog [name="origin"]').selectOption("Santos");
    await ann.locator(byId("correct-confirm")).click(PATIENCE);
    await seen([bob], vote("Correction"));
    await say(bob, "Correction", "agree");
    await untilScore([...pages, studio], "0 x 1");
    await untilCounted(bob, "Goal", ["0", "1"]);

    // The host confirms what one alone has seen, and rejects what is not so.
    await report(bob, "Yellow card", "Santos");
    await studio.locator(`${vote("Yellow card")} ${byId("confirm")}`).click(PATIENCE);
    await seen(pages, entry("Yellow card"));
    await report(liar, "Foul", "Santos");
    await studio.locator(`${vote("Foul")} ${byId("reject")}`).click(PATIENCE);
    await host.line("candidate", (line) => line.origin === "Santos" && line.state === "retracted");

    const scores = await ann.evaluate(() => [
      ...(globalThis as unknown as { scores: Set<string> }).scores,
    ]);
    assert.deepEqual(scores, ["1 x 0", "0 x 1"]);
    // The studio's door stood between for a moment.
    assert.deepEqual(browser.complaints.filter((text) => !text.includes("403")), []);
  },
);

testWith(
  ["chromium"],
  "the reporters' page is for thumbs and keys, fits every window, and axe finds nothing",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, studio: address, views, browser } = await start(opened, 2);
    const page = await browser.open(views[0]!.url, { width: 360 });
    const other = await browser.open(views[1]!.url, { width: 360 });
    const studio = await browser.open(address);
    await seen([page, other], of("report-buttons", "Goal", "Flamengo"));
    const goal = page.locator(of("report-buttons", "Goal", "Flamengo"));
    const before = await goal.boundingBox();
    await other.keyboard.press("g");
    await other.keyboard.press("Shift+C");
    await other.keyboard.press("k");
    await seen([page], vote("Kick-off"));
    await seen([page], vote("Corner", ':has-text("Santos")'));
    assert.deepEqual(await goal.boundingBox(), before, "no button moves when votes come");
    for (const id of ["report-buttons", "candidates"]) {
      for (const button of await page.locator(`${byId(id)} button`).all()) {
        const { height = 0, width = 0 } = await button.boundingBox() ?? {};
        assert.ok(height >= LEAST_HEIGHT && width >= LEAST_HEIGHT, await button.innerText());
      }
    }
    await page.keyboard.press("1");
    await seen([page, other], entry("Goal", '[data-votes="2"]'));
    for (const [name, one] of [["the page", page], ["the studio", studio]] as const) {
      for (const colorScheme of ["light", "dark"] as const) {
        await one.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await assertAccessible(one, `${name}, ${colorScheme}`);
      }
      await assertFits(one, name);
      await assertAccessible(one, `${name}, wide`);
    }
    await other.keyboard.press("f");
    await other.locator(`${byId("undo")}[data-waiting="1"]`).waitFor(PATIENCE);
    await other.keyboard.press("z");
    await host.line("candidate", ({ title, state }) => title === "Foul" && state === "retracted");
    await gone(other, vote("Foul"));
  },
);

testWith(
  ["chromium"],
  "what is pressed while the viewer is away goes out later, with the time of the press",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link, views: [first], browser } = await start(opened, 1);
    const page = await browser.open(first!.url, { width: 360 });
    await seen([page], of("report-buttons", "Goal", "Flamengo"));
    first!.viewer.kill("SIGKILL");
    await first!.viewer.finished;
    await page.locator(byId("connection"), { hasText: "Reconnecting" }).waitFor(PATIENCE);
    const pressedAt = Date.now();
    await report(page, "Goal", "Flamengo");
    await seen([page], vote("Goal", '[data-own="held"]:has-text("Not sent yet")'));
    await page.waitForTimeout(3000);
    const againAt = Date.now();
    opened.use((await view(link, first!.http)).viewer);
    await seen([page], vote("Goal", '[data-own="counted"]'));
    const { time } = await host.line("report");
    assert.ok(Math.abs(time - pressedAt) < againAt - pressedAt, "it has the time of the press");
  },
);
