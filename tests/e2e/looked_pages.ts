import type { Page } from "playwright-core";
import { buildPage, type TestBrowser } from "./browser.ts";
import { Person, startDirectory } from "./directory_people.ts";
import { TemporaryFolder } from "./fixtures.ts";
import { listen, serve, Streamer } from "./streamer.ts";
import { NAMES, type Names, untilWhole, WholePage } from "./whole_page.ts";

/** Only ever waited out by a failing test. */
const PATIENCE = { timeout: 60_000 };

const byId = (id: string) => `[data-testid="${id}"]`;

export interface LookedPage {
  readonly name: string;
  readonly page: Page;
}

/** Opens pages that are full of what is hardest to show; all is closed with `opened`. */
export type OpenPages = (
  opened: AsyncDisposableStack,
  browser: TestBrowser,
  names: Names,
) => Promise<readonly LookedPage[]>;

/** The viewer's page, with all that a broadcast can have. */
export const openWhole: OpenPages = async (opened, browser, names) => {
  const scene = opened.use(new WholePage());
  const page = await browser.open(await scene.open(names));
  await untilWhole(page);
  return [{ name: "the viewer's page", page }];
};

/** The studio, with an event, a listener, and reporters. */
export const openStudio: OpenPages = async (opened, browser, { home, away }) => {
  await buildPage();
  const match = ["--match", `${home} x ${away}`, "--reports", "open"];
  const { host, link } = await serve(["--studio", "127.0.0.1:0", "--no-open", ...match]);
  opened.use(host);
  const { studio } = await host.line("ready");
  await opened.use(listen([link, "--name", home])).line("joined");
  const page = await browser.open(studio);
  await page.locator('.studio[data-can-act="true"]').waitFor(PATIENCE);
  await page.keyboard.press("g");
  await page.locator(`${byId("timeline")} > *`).waitFor(PATIENCE);
  await page.locator(`${byId("listeners")} tr[data-id]`).waitFor(PATIENCE);
  return [{ name: "the studio", page }];
};

/** A directory's page, and that of `view --directory`; all names are in both. */
export const openLists: OpenPages = async (opened, browser) => {
  await buildPage();
  const folder = opened.use(new TemporaryFolder());
  const { directory, url } = await startDirectory();
  opened.use(directory);
  const ann = await Person.identify(url, "Ann");
  for (const { home, away } of NAMES) {
    const id = await ann.create({ home, away, title: `${home} in the cup final of ${away}` });
    await ann.beat(id, { score: "10 x 12", clock: "119:59", seatsTaken: 50 });
  }
  const identity = ["--identity", folder.file("viewer.key"), "--name", "Vera"];
  const viewer = opened.use(
    new Streamer(["view", "--directory", url, "--http", "127.0.0.1:0", "--json", ...identity]),
  );
  const ready = await viewer.line("ready");
  const pages: LookedPage[] = [];
  for (const [name, address] of [["the directory", url], ["the viewer's list", ready.url]]) {
    const page = await browser.open(address!);
    await page.locator(byId("broadcast")).nth(NAMES.length - 1).waitFor(PATIENCE);
    pages.push({ name: name!, page });
  }
  return pages;
};

/** The demo's page of packets. */
export const openPackets: OpenPages = async (opened, browser) => {
  await buildPage();
  const demo = opened.use(new Streamer(["demo", "--json", "--http", "127.0.0.1:0"]));
  const { network } = await demo.line("ready");
  const page = await browser.open(network);
  await page.locator(`${byId("lane-3")} canvas`).waitFor(PATIENCE);
  await page.locator(`${byId("lost")} tbody tr`).first().waitFor(PATIENCE);
  return [{ name: "the page of packets", page }];
};
