import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { assertAccessible } from "./accessible.ts";
import { buildPage, TestBrowser } from "./browser.ts";
import { Streamer } from "./streamer.ts";

/** Only ever waited out by a failing test. */
const PATIENCE_MILLIS = 90_000;
const LISTENERS = [1, 2, 3];

/** Waits until the text of an element matches. */
async function seeText(page: Page, testId: string, text: RegExp): Promise<void> {
  await page.getByTestId(testId).filter({ hasText: text }).first().waitFor();
}

function countOf(page: Page, listener: number, field: string): Promise<number> {
  const place = page.getByTestId(`lane-${listener}`).locator(`[data-field=${field}]`);
  return place.textContent().then((text) => Number(text?.replaceAll(",", "")));
}

/** What is drawn follows the new width a moment later. */
async function seeItFit(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 800 });
  await page.waitForFunction(
    (width) => innerWidth === width && document.documentElement.scrollWidth <= width,
    width,
  );
}

/** To the page of the match and back; the browser has the key. */
async function seeTheWayBack(page: Page): Promise<void> {
  await page.getByRole("link", { name: "The match" }).click();
  await page.getByTestId("score").waitFor();
  await page.getByTestId("beside").click();
  await page.getByTestId("lane-3").waitFor();
  assert.equal(new URL(page.url()).pathname, "/network");
}

/** Whoever has only seen the match is told which address opens the page: the link must not tell the key. */
async function seeTheDoor(browser: TestBrowser, url: string): Promise<void> {
  const page = await browser.open(url);
  await page.getByTestId("beside").click();
  await page.getByRole("heading", { name: "This page opens with its whole address" }).waitFor();
  await page.close();
}

Deno.test("loss moved on the demo's page shows in lanes, ledgers and stories, and the verdict agrees", async () => {
  await buildPage();
  await using program = new Streamer(["demo", "--json", "--http", "127.0.0.1:0"]);
  const { network, url } = await program.line("ready");
  await using browser = await TestBrowser.launch();
  const page = await browser.open(network);
  page.setDefaultTimeout(PATIENCE_MILLIS);
  await page.getByTestId("lane-3").waitFor();
  assert.equal(new URL(page.url()).hash, "", "the key stays in the address");
  await seeTheWayBack(page);
  await seeTheDoor(browser, url);

  await page.getByTestId("loss-slider").fill("20");
  for (const number of LISTENERS) await seeText(page, `lane-${number}`, /20 % lost/);
  await page.waitForFunction(() => {
    const shares = [...document.querySelectorAll("[data-field=fractionLost]")];
    return shares.every(({ textContent }) => parseFloat(textContent) > 5);
  });
  await seeText(page, "lost", /Played in time/);
  await seeText(page, "story-1", /lost on the way at [\d:.]{12}, requested after \d+ ms/);
  for (const number of LISTENERS) {
    const [expected, received, lost] = await Promise.all(
      ["packetsExpected", "packetsReceived", "networkLost"].map((name) =>
        countOf(page, number, name)
      ),
    );
    assert.ok(lost! > 0 && received! > 0 && expected! >= received!, `listener ${number}`);
    assert.ok(await countOf(page, number, "packetsRepaired") > 0);
  }

  await page.getByTestId("loss-slider").press("ArrowRight");
  await seeText(page, "lane-2", /21 % lost/);
  await page.getByTestId("path-2").check();
  await page.getByTestId("delayMillis-number").fill("60");
  await page.getByTestId("delayMillis-number").press("Enter");
  await seeText(page, "lane-2", /60 ms/);
  await seeText(page, "lane-1", /15 ms/);
  await page.getByTestId("delayMillis-number").fill("2000");
  await page.getByTestId("delayMillis-number").press("Enter");
  await page.getByRole("alert").filter({ hasText: "from 0 to 1000" }).waitFor();
  await seeText(page, "lane-2", /60 ms/);

  await page.getByTestId("freeze").press("Space");
  const marks = page.getByTestId("picture-1");
  await marks.press("PageUp");
  assert.match(await marks.getAttribute("aria-valuetext") ?? "", /^Packet \d+: lost on the way/);
  assert.equal(
    await page.getByTestId("story-1").textContent(),
    await marks.getAttribute("aria-valuetext"),
  );
  await assertAccessible(page, "1280 px");
  await seeItFit(page, 320);
  await assertAccessible(page, "320 px");
  await seeItFit(page, 1920);
  await page.reload();
  await page.getByTestId("path-all").check();
  await page.getByTestId("start").click();
  for (const number of LISTENERS) {
    await seeText(page, `lane-${number}`, /2 % lost · 15 ms · 0.5 % doubled · 1 % reordered/);
  }
  await page.getByTestId("channel-events").check();
  await page.waitForFunction(() =>
    Number(document.querySelector("[data-field=packetsExpected]")?.textContent) > 0
  );

  program.kill("SIGINT");
  const summary = await program.end(0);
  assert.equal(summary.agrees, true);
  await seeText(page, "verdict", /^\s*All 48 pairs agree/);
  const unexpected = browser.complaints.filter((text) => !/403|422/.test(text));
  assert.deepEqual(unexpected, []);
});
