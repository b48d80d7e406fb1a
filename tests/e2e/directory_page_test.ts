import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { testWith } from "../tools.ts";
import { assertAccessible } from "./accessible.ts";
import { buildPage, TestBrowser } from "./browser.ts";
import { Person, startDirectory } from "./directory_people.ts";

/** Only ever waited out by a failing test. */
const PATIENCE = { timeout: 60_000 };
const WIDTHS = [320, 360, 390, 768, 1280, 1920];
/** Below a tenth of what is thought good of a page (web.dev, "Cumulative Layout Shift"). */
const MOST_SHIFTED = 0.01;

const byId = (id: string) => `[data-testid="${id}"]`;
const card = (id: string) => `${byId("broadcast")}[data-id="${id}"]`;

/** Adds up what was moved, but for what a press or a new size of the window has done. */
const SHIFT_METER = `globalThis.shifted = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) shifted += value;
}).observe({ type: "layout-shift", buffered: true });`;

async function shifted(page: Page): Promise<number> {
  return await page.evaluate(() => (globalThis as unknown as { shifted: number }).shifted);
}

async function start(opened: AsyncDisposableStack) {
  await buildPage();
  const { directory, url } = await startDirectory();
  opened.use(directory);
  const ann = await Person.identify(url, "Ann");
  const browser = opened.use(await TestBrowser.launch());
  return { url, ann, browser };
}

async function createLive(ann: Person, home: string, away: string): Promise<string> {
  const id = await ann.create({ home, away });
  await ann.beat(id);
  return id;
}

/** HTML, SQL, and letters that are written the other way. */
const BAD_NAMES = [
  { home: "<img src=x onerror=alert(1)>", away: "'; DROP TABLE broadcasts; --" },
  { home: "الهلال السعودي", away: "Manchester" },
  { home: "Шахтар", away: "Ωμέγα" },
  { home: "W".repeat(40), away: "Grêmio Foot-Ball Porto Alegrense de 1903" },
];

testWith(
  ["chromium"],
  "the directory's page shows what is on, and a score changes live; nothing moves for it",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { url, ann, browser } = await start(opened);
    const id = await createLive(ann, "Flamengo", "Santos");
    const soon = await ann.create({ home: "Vasco", away: "Palmeiras", startsAt: Date.now() + 6e5 });
    await ann.beat(soon, { state: "soon", score: null, clock: null });
    const page = await browser.open(url, { initScript: SHIFT_METER });
    await page.locator(`${byId("live")} ${card(id)}`).waitFor(PATIENCE);
    await page.locator(`${byId("soon")} ${card(soon)}`).waitFor(PATIENCE);
    const score = page.locator(`${card(id)} ${byId("score")}`);
    assert.equal(await score.innerText(), "0 x 0");
    await ann.beat(id, { score: "1 x 0", clock: "12:34" });
    await score.getByText("1 x 0").waitFor(PATIENCE);
    assert.equal(await page.locator(`${card(id)} ${byId("clock")}`).innerText(), "12:34");
    assert.ok(await shifted(page) < MOST_SHIFTED, `moved by ${await shifted(page)}`);

    const later = await createLive(ann, "Ajax", "Feyenoord");
    await page.locator(`${byId("live")} ${card(later)}`).waitFor(PATIENCE);
    await ann.end(id);
    await page.locator(`${card(id)}[data-state="ended"]`).waitFor(PATIENCE);
    assert.equal(await page.locator(`${card(id)} ${byId("join")}`).count(), 0);
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(
  ["chromium"],
  "a misspelt word finds as one types, and Join says the command, without a token",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { url, ann, browser } = await start(opened);
    const id = await createLive(ann, "Flamengo", "Santos");
    await createLive(ann, "Ajax", "Feyenoord");
    const page = await browser.open(url);
    await page.locator(card(id)).waitFor(PATIENCE);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type("flamngo santso");
    const found = page.locator(byId("found"));
    await found.locator(card(id)).waitFor(PATIENCE);
    assert.equal(await found.locator(byId("broadcast")).count(), 1);
    assert.equal(new URL(page.url()).searchParams.get("q"), "flamngo santso");
    await page.getByRole("status").getByText("1 broadcast found").waitFor(PATIENCE);

    await found.locator(byId("join")).press("Enter");
    const command = await page.locator(byId("join-command")).innerText();
    const { host } = new URL(url);
    assert.equal(command, `streamer view "streamer://${host}/?b=${id}"`);
    const link = await page.locator(byId("join-link")).getAttribute("href");
    assert.equal(link, `streamer://${host}/?b=${id}`);
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached", ...PATIENCE });

    await page.locator(byId("search")).fill("xyzzy");
    await page.locator(byId("nothing-found")).waitFor(PATIENCE);
    const sent = await browser.open(`${url}?b=${id}`);
    await sent.locator(byId("join-dialog")).waitFor(PATIENCE);
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(
  ["chromium"],
  "names do no harm, nothing is wider than its window, and axe finds nothing, light or dark",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { url, ann, browser } = await start(opened);
    for (const { home, away } of BAD_NAMES) {
      const id = await ann.create({ home, away, title: `${home} in the cup final of ${away}` });
      await ann.beat(id, { score: "10 x 12", clock: "119:59", seatsTaken: 50 });
    }
    const page = await browser.open(url, { width: WIDTHS[0]! });
    await page.locator(byId("broadcast")).nth(BAD_NAMES.length - 1).waitFor(PATIENCE);
    assert.equal(await page.locator("img").count(), 0);
    const names = await page.locator(".card-name").allInnerTexts();
    for (const { home, away } of BAD_NAMES) assert.ok(names.includes(home) && names.includes(away));
    // Wider and narrower again, as a phone is turned.
    for (const width of [...WIDTHS, WIDTHS[0]!]) {
      await page.setViewportSize({ width, height: 844 });
      await assertFits(page, `${width} px`);
      for (const index of BAD_NAMES.keys()) {
        const where = `${width} px, how one joins the one on place ${index + 1}`;
        await whileOpen(page, () => assertFits(page, where), index);
      }
    }
    for (const [width, colorScheme] of [[320, "light"], [390, "dark"], [1280, "light"]] as const) {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await assertAccessible(page, `${width} px, ${colorScheme}`);
      const where = `${width} px, ${colorScheme}, how one joins`;
      await whileOpen(page, () => assertAccessible(page, where));
    }
    assert.deepEqual(browser.complaints, []);
  },
);

/** Opens the dialog that tells how one joins; a key that comes before it is there would be for the page. */
async function whileOpen(page: Page, look: () => Promise<void>, index = 0): Promise<void> {
  await page.locator(byId("join")).nth(index).click();
  const dialog = page.locator(byId("join-dialog"));
  await dialog.waitFor(PATIENCE);
  await look();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ ...PATIENCE, state: "hidden" });
}

async function assertFits(page: Page, where: string): Promise<void> {
  const overflow = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = [...document.querySelectorAll(".card, .panel, dialog")]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map(({ className }) => className);
    return { page: scrollWidth - clientWidth, wide };
  });
  assert.deepEqual(overflow, { page: 0, wide: [] }, `something is too wide at ${where}`);
}
