import type { Page } from "playwright-core";
import { view } from "../../tests/e2e/browser.ts";
import { listen, serve, type Streamer } from "../../tests/e2e/streamer.ts";
import type { Camera } from "./camera.ts";

const HOST = ["--match", "Flamengo x Santos", "--reports", "open", "--events", "-"];
/** What the host tells, whose clock the reports get, and what both reporters then see. */
const MATCH = [
  [{ type: "kick-off", clock: "00:00" }],
  [{ type: "foul", origin: "away", clock: "06:12" }, { title: "Corner", origin: "Santos" }],
  [{ type: "shot", origin: "home", clock: "23:08" }, { title: "Goal", origin: "Flamengo" }],
] as const;
const PATIENCE = { timeout: 60_000 };

/** The page of somebody who reports, on two phones: buttons, and what others have reported. */
export async function stageReporters(camera: Camera): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const { host, link } = await serve(HOST, { stdin: "open" });
  opened.use(host);
  const reporters: Streamer[] = [];
  for (const name of ["Ann", "Bruno"]) {
    const reporter = opened.use(listen([link, "--name", name, "--report", "-"], { stdin: "open" }));
    await reporter.line("setup");
    reporters.push(reporter);
  }
  const { viewer, url } = await view(link);
  opened.use(viewer);
  const page = await camera.browser.open(url, { width: 390 });
  await page.locator('[data-testid="report-buttons"] button').first().waitFor(PATIENCE);
  await reportMatch(reporters, host, page);
  await page.locator('[data-testid="candidates"] li').first().waitFor(PATIENCE);
  const votes = await camera.browser.open(url, { width: 390 });
  await votes.locator('[data-testid="candidates"] li').first().waitFor(PATIENCE);
  await votes.locator('[data-testid="report-feed"]').evaluate((feed) => feed.scrollIntoView());
  await camera.take(
    "reporters",
    { page, width: 390, height: 844 },
    { page: votes, width: 390, height: 844 },
  );
}

/** A match in which both saw a corner and a goal, and a yellow card that only one has reported yet. */
async function reportMatch(
  [ann, bruno]: readonly Streamer[],
  host: Streamer,
  page: Page,
): Promise<void> {
  for (const [told, seen] of MATCH) {
    await host.write(`${JSON.stringify(told)}\n`);
    await page.locator('[data-testid="clock"]', { hasText: told.clock }).waitFor(PATIENCE);
    if (seen === undefined) continue;
    for (const reporter of [ann!, bruno!]) await reporter.write(`${JSON.stringify(seen)}\n`);
    await host.line("candidate", ({ title, state }) => {
      return title === seen.title && state === "confirmed";
    });
  }
  await ann!.write(`${JSON.stringify({ title: "Yellow card", origin: "Santos" })}\n`);
  await host.line("candidate", ({ title }) => title === "Yellow card");
}
