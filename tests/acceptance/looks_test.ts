import assert from "node:assert/strict";
import { testWith } from "../tools.ts";
import { assertAccessible } from "../e2e/accessible.ts";
import { TestBrowser } from "../e2e/browser.ts";
import {
  openLists,
  openPackets,
  type OpenPages,
  openStudio,
  openWhole,
} from "../e2e/looked_pages.ts";
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
  ...SETTINGS.flatMap((setting) => [320, 1280].map((width) => ({ width, ...setting }))),
  ...[640, 780, 1280, 1920].map((width) => ({ width, zoom: 2 })),
  ...TURNED.map(([width, height]) => ({ width, height })),
];
/** The places of those in which axe looks: once for each setting. */
const READ = new Set([3, 8, 9, 12, 14]);

const NAMED: readonly (readonly [what: string, open: OpenPages])[] = [
  ["a broadcast with everything in it", openWhole],
  ["the studio", openStudio],
];
/** Those that look the same whatever the match is. */
const OTHERS: readonly (readonly [what: string, open: OpenPages])[] = [
  ["each list of matches", openLists],
  ["the page of packets", openPackets],
];

/** A page in every window and setting. @returns what is wrong, each with where. */
async function lookAt(
  open: OpenPages,
  browser: TestBrowser,
  names: typeof NAMES[number],
): Promise<string[]> {
  const found: string[] = [];
  await using opened = new AsyncDisposableStack();
  for (const { name, page } of await open(opened, browser, names)) {
    const looks = await Looks.of(page);
    for (const [at, look] of LOOKS.entries()) {
      const where = `${name}, ${wordsOf(look)}`;
      await looks.change(look);
      found.push(...(await sticksOut(page)).map((what) => `${where}: ${what}`));
      if (!READ.has(at)) continue;
      await assertAccessible(page, where).catch((error) => found.push(String(error)));
    }
  }
  return found;
}

function testLooks(title: string, open: OpenPages, at = 0, more: readonly string[] = []): void {
  testWith(["chromium"], title, async () => {
    await using browser = await TestBrowser.launch(more);
    assert.deepEqual(await lookAt(open, browser, NAMES[at]!), []);
  });
}

for (const [what, open] of NAMED) {
  for (const at of NAMES.keys()) {
    testLooks(`${what} fits every window and setting, with the names of place ${at + 1}`, open, at);
  }
}

for (const [what, open] of OTHERS) testLooks(`${what} fits every window and setting`, open);

for (const [what, open] of [...NAMED, ...OTHERS]) {
  testLooks(`${what} fits every window with letters of twice the size`, open, 0, LARGE_LETTERS);
}
