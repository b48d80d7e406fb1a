import assert from "node:assert/strict";
import { testWith } from "../tools.ts";
import { assertAccessible } from "../e2e/accessible.ts";
import { TestBrowser } from "../e2e/browser.ts";
import { openLists, type OpenPages, openStudio, openWhole } from "../e2e/looked_pages.ts";
import { LARGE_LETTERS, type Look, Looks, sticksOut, wordsOf } from "../e2e/looks.ts";
import { NAMES } from "../e2e/whole_page.ts";

/** Up and down again, so that each width is reached from a wider and from a narrower one. */
const WIDTHS = [320, 390, 768, 1280, 1920, 1280, 768, 390, 320];
const SETTINGS: readonly Omit<Look, "width">[] = [
  { colorScheme: "dark", reducedMotion: "no-preference" },
  { forcedColors: "active" },
  { forcedColors: "active", colorScheme: "dark" },
];
/** A phone and a tablet, held upright and on their sides. */
const TURNED = [[390, 844], [844, 390], [390, 844], [768, 1024], [1024, 768]] as const;
const LOOKS: readonly Look[] = [
  ...WIDTHS.map((width) => ({ width })),
  ...SETTINGS.flatMap((setting) => WIDTHS.slice(0, 5).map((width) => ({ width, ...setting }))),
  ...[640, 780, 1280, 1920].map((width) => ({ width, zoom: 2 })),
  ...TURNED.map(([width, height]) => ({ width, height })),
];
/** The widths in which axe looks; between them it finds the same. */
const READ = new Set([320, 1280]);
const PAGES: readonly OpenPages[] = [openWhole, openStudio, openLists];

/** Every page in every window and setting. @returns what is wrong, each with where. */
async function lookAtAll(browser: TestBrowser, names: typeof NAMES[number]): Promise<string[]> {
  const found: string[] = [];
  for (const open of PAGES) {
    await using opened = new AsyncDisposableStack();
    for (const { name, page } of await open(opened, browser, names)) {
      const looks = await Looks.of(page);
      for (const look of LOOKS) {
        const where = `${name}, ${wordsOf(look)}`;
        await looks.change(look);
        found.push(...(await sticksOut(page)).map((what) => `${where}: ${what}`));
        if (!READ.has(look.width)) continue;
        await assertAccessible(page, where).catch((error) => found.push(String(error)));
      }
    }
  }
  return found;
}

for (const [at, names] of NAMES.entries()) {
  testWith(
    ["chromium"],
    `every page fits every window and setting, with the names of place ${at + 1}`,
    async () => {
      await using browser = await TestBrowser.launch();
      assert.deepEqual(await lookAtAll(browser, names), []);
    },
  );
}

testWith(["chromium"], "every page fits every window with letters of twice the size", async () => {
  await using browser = await TestBrowser.launch(LARGE_LETTERS);
  assert.deepEqual(await lookAtAll(browser, NAMES[0]!), []);
});
