import type { Page } from "playwright-core";
import { type JsonLine, Streamer } from "../../tests/e2e/streamer.ts";
import type { Camera } from "./camera.ts";

/** So many events of the demo's match make a page worth looking at. */
const EVENTS = 16;
const PATIENCE = { timeout: 180_000 };

/** The demo's page, on a screen and on a phone: sound, score, timeline, screen, live data, the network. */
export async function stageDemo(camera: Camera): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const { url } = await startDemo(opened);
  const wide = await listenTo(camera, url);
  const phone = await listenTo(camera, url, 390);
  for (const page of [wide, phone]) {
    await page.getByTestId("timeline").locator("li").nth(EVENTS - 1).waitFor(PATIENCE);
    await page.evaluate(() => scrollTo(0, 0));
  }
  await camera.take(
    "page",
    { page: wide, width: 1280, height: 1100 },
    { page: phone, width: 390, height: 1100 },
  );
}

/** The demo's page of single packets, on a network that was made worse there. */
export async function stagePackets(camera: Camera): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const { network } = await startDemo(opened);
  const page = await camera.browser.open(network);
  await page.getByTestId("lane-3").waitFor(PATIENCE);
  await page.getByTestId("path-2").check();
  await page.getByTestId("loss-slider").fill("15");
  await page.getByTestId("lane-2").filter({ hasText: "15 % lost" }).waitFor(PATIENCE);
  await page.getByTestId("lost").filter({ hasText: "Played in time" }).waitFor(PATIENCE);
  // A lane is full after six seconds of sound.
  await page.waitForTimeout(9000);
  await camera.take("packets", { page, width: 1280, height: 1000 });
}

async function startDemo(opened: AsyncDisposableStack): Promise<JsonLine> {
  const demo = opened.use(new Streamer(["demo", "--http", "127.0.0.1:0", "--json"]));
  return await demo.line("ready");
}

async function listenTo(camera: Camera, url: string, width = 1280): Promise<Page> {
  const page = await camera.browser.open(url, { width });
  await page.getByTestId("play").click(PATIENCE);
  return page;
}
