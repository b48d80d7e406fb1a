import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Broadcast } from "../../shared/directory/forms.ts";
import { testWith } from "../tools.ts";
import { assertAccessible } from "./accessible.ts";
import { buildPage, TestBrowser } from "./browser.ts";
import { startDirectory } from "./directory_people.ts";
import { TemporaryFolder } from "./fixtures.ts";
import { serve, Streamer } from "./streamer.ts";

/** Only ever waited out by a failing test. */
const PATIENCE = { timeout: 90_000 };
/** A door before the page is no complaint, nor is a wish that is refused. */
const EXPECTED = /status of (403|422)/;

const byId = (id: string) => `[data-testid="${id}"]`;
const card = (id: string) => `${byId("broadcast")}[data-id="${id}"]`;

async function start(opened: AsyncDisposableStack) {
  await buildPage();
  const folder = opened.use(new TemporaryFolder());
  const { directory, url } = await startDirectory();
  opened.use(directory);
  const identity = ["--identity", folder.file("viewer.key"), "--name", "Vera"];
  const viewer = opened.use(
    new Streamer(["view", "--directory", url, "--http", "127.0.0.1:0", "--json", ...identity]),
  );
  const ready = await viewer.line("ready");
  const browser = opened.use(await TestBrowser.launch());
  return { folder, directory, url, viewer, browser, page: ready.url as string };
}

async function listOf(url: string, query = ""): Promise<readonly Broadcast[]> {
  return (await (await fetch(`${url}v1/broadcasts${query}`)).json()).broadcasts;
}

async function fill(page: Page, home: string, away: string): Promise<void> {
  await page.locator(byId("create")).click();
  await page.locator(byId("create-home")).fill(home);
  await page.locator(byId("create-away")).fill(away);
  await page.locator(byId("create-confirm")).click();
}

async function create(page: Page, home: string, away: string): Promise<void> {
  await fill(page, home, away);
  await page.locator("dialog").waitFor({ state: "detached", ...PATIENCE });
}

testWith(
  ["chromium"],
  "from view alone: a broadcast is created, stands in the list, has its studio, and is ended",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { url, viewer, browser, page: address } = await start(opened);
    const page = await browser.open(address);
    await page.locator(byId("create")).waitFor(PATIENCE);
    assert.equal(new URL(page.url()).hash, "", "the key does not stay in the address");
    for (const [width, colorScheme] of [[320, "dark"], [390, "light"], [1280, "dark"]] as const) {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.locator(byId("create")).click();
      await assertAccessible(page, `${width} px, the form`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      await page.keyboard.press("Escape");
    }
    await fill(page, "Fl\u0430mengo", "Santos");
    await page.getByRole("alert").getByText("mixes letters").waitFor(PATIENCE);
    await page.keyboard.press("Escape");

    await create(page, "Flamengo", "Santos");
    const hosted = page.locator(byId("broadcast"), { hasText: "Flamengo" });
    await hosted.waitFor(PATIENCE);
    const [listed] = await listOf(url);
    assert.deepEqual([listed!.home, listed!.away, listed!.host.name], [
      "Flamengo",
      "Santos",
      "Vera",
    ]);
    assert.equal(await hosted.getAttribute("data-id"), listed!.id);
    await assertAccessible(page, "while it hosts");
    const studioOpens = page.context().waitForEvent("page", PATIENCE);
    await page.locator(byId("open-studio")).click();
    const studio = await studioOpens;
    await studio.locator("[data-action]").first().waitFor(PATIENCE);
    assert.notEqual(new URL(studio.url()).host, new URL(page.url()).host);

    await page.locator(byId("end")).click();
    await page.locator(byId("end")).getByText("End for all?").click();
    await page.locator(byId("hosting")).waitFor({ state: "detached", ...PATIENCE });
    assert.deepEqual((await listOf(url, "?state=ended")).map(({ id }) => id), [listed!.id]);
    viewer.kill("SIGINT");
    assert.equal((await viewer.finished).code, 0);
    assert.deepEqual(browser.complaints.filter((text) => !EXPECTED.test(text)), []);
  },
);

testWith(
  ["chromium"],
  "a match is found by a misspelt word, joined and seen, and left for another one",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { folder, url, viewer, browser, page: address } = await start(opened);
    const match = ["--match", "Flamengo x Santos", "--simulate"];
    const identity = ["--identity", folder.file("host.key"), "--name", "Ann"];
    const { host } = await serve(["--directory", url, ...match, ...identity]);
    opened.use(host);
    const { id } = await host.line("ready");
    const page = await browser.open(address);
    await page.locator(card(id)).waitFor(PATIENCE);
    await page.locator(byId("search")).fill("flamngo");
    await page.locator(`${byId("found")} ${card(id)} ${byId("join")}`).click();
    await page.waitForURL("**/match", PATIENCE);
    await page.locator(`${byId("connection")}[data-state="connected"]`).waitFor(PATIENCE);
    await page.locator(byId("score"), { hasText: /\d/ }).waitFor(PATIENCE);
    await viewer.line("joined");

    await page.getByRole("link", { name: "All matches" }).click();
    await page.locator(byId("listening")).waitFor(PATIENCE);
    await page.locator(`${card(id)} >> text=Open`).waitFor(PATIENCE);
    await page.locator(byId("leave")).click();
    await page.locator(byId("listening")).waitFor({ state: "detached", ...PATIENCE });
    await host.line("listener-left");
    host.kill("SIGINT");
    await host.end();
    await page.locator(`${card(id)}[data-state="ended"]`).waitFor(PATIENCE);
    viewer.kill("SIGINT");
    assert.equal((await viewer.finished).code, 0);
    assert.deepEqual(browser.complaints.filter((text) => !EXPECTED.test(text)), []);
  },
);
