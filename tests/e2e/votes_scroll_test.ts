import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { testWith } from "../tools.ts";
import { TestBrowser } from "./browser.ts";
import { NAMES, WholePage } from "./whole_page.ts";

/** As when a vote is over, and then the words of another need more lines. */
async function removeOneAndStretchAnother(page: Page): Promise<void> {
  const setStyle = (selector: string, style: string) =>
    page.evaluate(async ([selector, style]) => {
      document.querySelector<HTMLElement>(selector!)!.style.cssText += style!;
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      for (let count = 0; count < 4; count++) await frame();
    }, [selector, style]);
  await setStyle(".vote:first-child", "display: none");
  await setStyle(".vote:last-child", "min-height: 9rem");
}

testWith(
  ["chromium"],
  "the newest vote stays in sight when one goes and another gets taller",
  async () => {
    await using scene = new WholePage();
    await using browser = await TestBrowser.launch();
    const page = await browser.open(await scene.open(NAMES[0]!), { width: 390 });
    await page.locator(".vote:nth-child(3)").waitFor();
    const left = () =>
      page.evaluate(() => {
        const list = document.querySelector(".report-panel .votes-scroll")!;
        return list.scrollHeight - list.clientHeight - list.scrollTop;
      });
    assert.ok(
      await page.evaluate(() => {
        const list = document.querySelector(".report-panel .votes-scroll")!;
        return list.scrollHeight > list.clientHeight;
      }),
      "there is nothing to scroll",
    );
    assert.ok(Math.abs(await left()) <= 1);
    await removeOneAndStretchAnother(page);
    assert.ok(Math.abs(await left()) <= 1, `${await left()} px are below`);
  },
);
