import assert from "node:assert/strict";
import type { CDPSession, Page } from "playwright-core";
import { TestBrowser, view } from "./browser.ts";
import { Club } from "./club.ts";
import { COMMENTARY_MP3 } from "./fixtures.ts";
import { serve } from "./streamer.ts";
import { testWith } from "../tools.ts";

/** Only ever waited out by a failing test. */
const PATIENCE = { timeout: 30_000 };

/** One node of what Chromium gives to a screen reader. */
interface ReaderNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

/** The names of what a screen reader meets with a role, in order. */
async function namesOf(reader: CDPSession, ...roles: readonly string[]): Promise<string[]> {
  const { nodes } = await reader.send("Accessibility.getFullAXTree") as unknown as {
    readonly nodes: readonly ReaderNode[];
  };
  return nodes.filter(({ ignored, role }) => !ignored && roles.includes(role?.value ?? ""))
    .map(({ name }) => name?.value ?? "");
}

/** Keeps whatever a live region says, as a screen reader would read it out. */
const LISTEN = `
  globalThis.said = [];
  addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const text = document.querySelector('[role="status"]')?.textContent ?? "";
    if (text !== "" && said.at(-1) !== text) said.push(text);
  }).observe(document.body, { subtree: true, childList: true, characterData: true }));
`;

async function untilSaid(page: Page, wanted: RegExp): Promise<void> {
  await page.waitForFunction(
    (source) =>
      (globalThis as unknown as { said: string[] }).said.some((text) =>
        new RegExp(source).test(text)
      ),
    wanted.source,
    PATIENCE,
  );
}

const saidOn = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { said: string[] }).said);

testWith(
  ["chromium"],
  "a screen reader is told the score, each goal with it, and that the broadcast is over",
  async () => {
    await using opened = new AsyncDisposableStack();
    const events = ["--match", "Flamengo x Palmeiras", "--events", "-"];
    const { host, link } = await serve(["--audio", COMMENTARY_MP3, "--loop", ...events], {
      stdin: "open",
    });
    opened.use(host);
    const { viewer, url } = await view(link);
    opened.use(viewer);
    const browser = opened.use(await TestBrowser.launch());
    const page = await browser.open(url, { initScript: LISTEN });
    const reader = await page.context().newCDPSession(page);
    await page.locator('[data-testid="connection"][data-state="connected"]').waitFor(PATIENCE);
    await page.getByText("Flamengo 0, Palmeiras 0", { exact: true }).waitFor(PATIENCE);
    await host.write('{"type":"goal","origin":"Palmeiras","clock":"12:00"}\n');
    await untilSaid(page, /Flamengo 0, Palmeiras 1\.$/);

    const texts = await namesOf(reader, "StaticText");
    assert.ok(texts.includes("Flamengo 0, Palmeiras 1"), texts.join(" | "));
    // As digits it would be read a second time, as "zero times one".
    assert.ok(!texts.includes("x"), texts.join(" | "));
    assert.deepEqual((await namesOf(reader, "button")).slice(0, 2), ["Play the sound", "Mute"]);
    assert.deepEqual(await namesOf(reader, "slider"), ["Volume"]);
    const headings = await namesOf(reader, "heading");
    for (const wanted of ["Flamengo x Palmeiras", "Timeline", "Sound", "Network"]) {
      assert.ok(headings.includes(wanted), headings.join(" | "));
    }

    host.kill("SIGTERM");
    await untilSaid(page, /^The broadcast is over$/);
    await viewer.end(0);
    // The page notices that its viewer is gone, and has nothing to say about it.
    await page.locator('[data-testid="connection"][data-link="lost"]').waitFor(PATIENCE);
    assert.equal((await saidOn(page)).at(-1), "The broadcast is over");
    const ends = await namesOf(reader, "StaticText");
    assert.ok(ends.includes("The broadcast is over") && !ends.includes("Reconnecting"));
    assert.equal(await page.locator('[data-testid="play"]').isDisabled(), true);
  },
);

testWith(
  ["chromium"],
  "a listener whose token is revoked is told so on its page, with the host's reason, and hears of no lost connection",
  async () => {
    await using opened = new AsyncDisposableStack();
    const club = opened.use(new Club());
    const token = await club.make("Ann");
    const { link } = await club.serve("--audio", COMMENTARY_MP3, "--loop");
    const { viewer, url } = await view(link, "127.0.0.1:0", {}, ["--token-file", token]);
    opened.use(viewer);
    const browser = opened.use(await TestBrowser.launch());
    const page = await browser.open(url, { initScript: LISTEN });
    await page.locator('[data-testid="connection"][data-state="connected"]').waitFor(PATIENCE);
    assert.equal(await page.locator('[data-testid="score"]').count(), 0, "no match, no score");
    await club.token("revoke", "Ann");
    const end = page.locator('[data-testid="end"]');
    await end.waitFor(PATIENCE);
    assert.match(await end.innerText(), /ended your session\s+.*The host says: .*revoked/);
    await viewer.end(3);
    await page.locator('[data-testid="connection"][data-link="lost"]').waitFor(PATIENCE);
    assert.match(
      await page.locator('[data-testid="connection"]').innerText(),
      /^The host has ended your session/,
    );
    assert.match((await saidOn(page)).at(-1)!, /ended your session/);
  },
);
