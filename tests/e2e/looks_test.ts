import assert from "node:assert/strict";
import { testWith } from "../tools.ts";
import { assertAccessible } from "./accessible.ts";
import { TestBrowser } from "./browser.ts";
import { openLists, openPackets, type OpenPages, openStudio, openWhole } from "./looked_pages.ts";
import { assertFits, type Look, Looks, wordsInHighlight, wordsOf } from "./looks.ts";
import { NAMES } from "./whole_page.ts";

/** A phone that is turned, a window that gets larger and smaller again, a zoom; `tests/acceptance` has them all. */
const LOOKS: readonly Look[] = [
  { width: 390 },
  { width: 844, height: 390 },
  { width: 390, colorScheme: "dark" },
  { width: 1280, colorScheme: "dark" },
  { width: 320, forcedColors: "active" },
  { width: 1280, zoom: 2 },
];
/** The places of those in which axe looks, too. */
const READ = new Set([0, 3, 4]);
/** A door that stood before a page is no complaint. */
const EXPECTED = /status of 403/;

const PAGES: readonly (readonly [name: string, open: OpenPages])[] = [
  ["a broadcast with everything in it", openWhole],
  ["the studio", openStudio],
  ["each list of matches", openLists],
  ["the page of packets", openPackets],
];

for (const [what, open] of PAGES) {
  testWith(
    ["chromium"],
    `${what} fits every window and setting, and axe finds nothing`,
    async () => {
      await using opened = new AsyncDisposableStack();
      const browser = opened.use(await TestBrowser.launch());
      for (const { name, page } of await open(opened, browser, NAMES[0]!)) {
        const looks = await Looks.of(page);
        for (const [at, look] of LOOKS.entries()) {
          const where = `${name}, ${wordsOf(look)}`;
          await looks.change(look);
          await assertFits(page, where);
          if (look.forcedColors) assert.deepEqual(await wordsInHighlight(page), [], where);
          if (READ.has(at)) await assertAccessible(page, where);
        }
      }
      assert.deepEqual(browser.complaints.filter((text) => !EXPECTED.test(text)), []);
    },
  );
}
