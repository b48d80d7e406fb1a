import type { Page } from "playwright-core";
import { Streamer } from "../../tests/e2e/streamer.ts";
import type { Camera } from "./camera.ts";

/** So many events of the demo's match make a page worth looking at: its first goals are among them. */
const EVENTS = 16;
const PATIENCE = { timeout: 180_000 };

/** The demo's page, on a screen and on a phone: sound, score, timeline, screen, live data, the network. */
export async function stageDemo(camera: Camera): Promise<void> {
  await using demo = new Streamer(["demo", "--http", "127.0.0.1:0", "--json"]);
  const { url } = await demo.line("ready");
  const wide = await listenTo(camera, url);
  const phone = await listenTo(camera, url, 390);
  for (const page of [wide, phone]) {
    await page.locator('[data-testid="timeline"] li').nth(EVENTS - 1).waitFor(PATIENCE);
    await page.evaluate(() => scrollTo(0, 0));
  }
  await camera.take(
    "page",
    { page: wide, width: 1280, height: 1100 },
    { page: phone, width: 390, height: 1100 },
  );
}

async function listenTo(camera: Camera, url: string, width = 1280): Promise<Page> {
  const page = await camera.browser.open(url, { width });
  await page.locator('[data-testid="play"]').click(PATIENCE);
  return page;
}
