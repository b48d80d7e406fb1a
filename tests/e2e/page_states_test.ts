import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { ListenerOutput } from "../../client/interface/output.ts";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { openViewer } from "../../viewer/command/run.ts";
import { testWith } from "../tools.ts";
import { message } from "../viewer/fakes/data.ts";
import { FakeSession } from "../viewer/fakes/fake_session.ts";
import { acceptInfo, joined, SCREEN } from "../viewer/fakes/outputs.ts";
import { buildPage, TestBrowser } from "./browser.ts";
import { DATA } from "./data_page.ts";
import { assertFits, Looks } from "./looks.ts";

const PATIENCE = { timeout: 60_000 };
const WIDTHS = [320, 390, 768, 1280, 1920];
const [SOUND, EVENTS] = acceptInfo().channels;
const WHOLE = joined({ channels: [SOUND!, EVENTS!, SCREEN, DATA] });
const ADDRESS = { host: "127.0.0.1", port: 5004, http: { hostname: "127.0.0.1", port: 0 } };
const VALUE: ListenerOutput = {
  ...{ kind: "data", channel: "data", at: 0 },
  message: message(1, { energy: 5800 }),
};

interface State {
  readonly what: string;
  /** What has happened before the page is opened. */
  readonly before: readonly ListenerOutput[];
  readonly then?: readonly ListenerOutput[];
  /** What is to be read there, by CSS selector; `null`: there is no such element. */
  readonly words: Readonly<Record<string, RegExp | null>>;
}

const STATES: readonly State[] = [
  {
    what: "a broadcast that is over",
    before: [WHOLE, VALUE],
    then: [{ kind: "ended", reason: "bye" }],
    words: {
      ".pill": /^The broadcast is over\s*$/,
      ".data-words": /^The broadcast is over\. These are its last values/,
      ".timeline-panel .empty": /^The broadcast is over/,
      ".end-note": null,
    },
  },
  {
    what: "a host that no longer answers",
    before: [WHOLE, VALUE],
    then: [{ kind: "ended", reason: "timeout" }],
    words: {
      ".pill": /^The host no longer answers\s*$/,
      ".data-words": /^The host no longer answers\. These are its last values/,
      ".screen-words": /^The host no longer answers\./,
      ".timeline-panel .empty": /^The host no longer answers/,
      ".end-note": /Start the viewer again/,
    },
  },
  {
    what: "a session that the host has ended",
    before: [WHOLE, VALUE],
    then: [{ kind: "rejected", code: 1403, reason: "the token was revoked", retryAfterMillis: 0 }],
    words: {
      ".pill": /^The host has ended your session\s*$/,
      ".data-words": /^The host has ended your session\. These are its last values/,
      ".timeline-panel .empty": /^The host has ended your session/,
      ".end-note": /the token was revoked/,
    },
  },
  {
    what: "a host that is away",
    before: [WHOLE, VALUE],
    then: [{ kind: "connection", state: "rejoining" }],
    words: { ".pill": /^Reconnecting/, ".data-words": /^Stale: nothing comes/, ".end-note": null },
  },
  {
    what: "a broadcast of sound alone",
    before: [joined({ channels: [SOUND!], match: undefined })],
    words: { ".sound": /Sound/, ".timeline-panel": null, ".data-panel": null },
  },
  {
    what: "a broadcast of data alone",
    before: [
      joined({ channels: [DATA], match: undefined }),
      {
        kind: "data-setup",
        setup: { values: { energy: { title: "Energy of the first section" } } },
      },
      VALUE,
    ],
    words: { ".data-words": /^Live/, ".sound": null, ".timeline-panel": null },
  },
];

async function assertSays(page: Page, { what, words }: State): Promise<void> {
  for (const [selector, expected] of Object.entries(words)) {
    const element = page.locator(selector);
    if (expected === null) assert.equal(await element.count(), 0, `${what}: ${selector}`);
    else await element.filter({ hasText: expected }).first().waitFor(PATIENCE);
  }
}

/** A detail is whole, or not there; names keep away from their rows' lines; the panels are as wide as the top. */
async function assertLooksRight(page: Page, where: string, hasTimeline: boolean): Promise<void> {
  const { detail, gap, right, top } = await page.evaluate(() => {
    const rightOf = (selector: string) =>
      Math.max(
        ...[...document.querySelectorAll(selector)].map((element) =>
          element.getBoundingClientRect().right
        ),
      );
    const { scrollWidth, clientWidth } = document.querySelector(".pill-detail")!;
    const gaps = [...document.querySelectorAll(".value-names")].map((names) =>
      names.getBoundingClientRect().top - names.closest("li")!.getBoundingClientRect().top
    );
    return {
      detail: scrollWidth - clientWidth,
      gap: Math.min(8, ...gaps),
      right: rightOf("main .panel"),
      top: rightOf(".top"),
    };
  });
  assert.equal(detail, 0, `${where}: the detail of the connection is cut`);
  assert.ok(gap >= 4, `${where}: a name is ${gap} px from the line above`);
  if (!hasTimeline) assert.ok(Math.abs(right - top) <= 1, `${where}: ${right} of ${top}`);
}

for (const state of STATES) {
  testWith(["chromium"], `the page of ${state.what} says so and fits each window`, async () => {
    await buildPage();
    await using opened = new AsyncDisposableStack();
    const session = new FakeSession();
    const viewer = await openViewer(ADDRESS, systemMachine, session);
    opened.defer(() => viewer.close());
    for (const output of state.before) session.emit(output);
    const browser = opened.use(await TestBrowser.launch());
    const page = await browser.open(viewer.url);
    await page.locator('.pill[data-state="connected"]').waitFor(PATIENCE);
    for (const output of state.then ?? []) session.emit(output);
    await assertSays(page, state);
    const hasTimeline = await page.locator(".timeline-panel").count() > 0;
    const looks = await Looks.of(page);
    for (const width of WIDTHS) {
      await looks.change({ width });
      const where = `${state.what}, ${width}`;
      await assertFits(page, where);
      await assertLooksRight(page, where, hasTimeline);
    }
    assert.deepEqual(browser.complaints, []);
  });
}

testWith(
  ["chromium"],
  "the page of a viewer that is gone says when it tries again, whole",
  async () => {
    await buildPage();
    const session = new FakeSession();
    const viewer = await openViewer(ADDRESS, systemMachine, session);
    session.emit(WHOLE);
    await using browser = await TestBrowser.launch();
    const page = await browser.open(viewer.url);
    await page.locator('.pill[data-state="connected"]').waitFor(PATIENCE);
    await viewer.close();
    await page.locator('.pill[data-link="lost"]').waitFor(PATIENCE);
    const looks = await Looks.of(page);
    for (const width of WIDTHS) {
      await looks.change({ width });
      const detail = page.locator(".pill-detail").filter({ hasText: /^again in \d+ s$/ });
      // In the narrowest window it would be cut.
      await detail.waitFor({ ...PATIENCE, state: width < 390 ? "hidden" : "visible" });
      await assertLooksRight(page, `a viewer that is gone, ${width}`, true);
    }
  },
);

/** Tells in an attribute of each kind of chart how the last one named the end of its time. */
const TELL_TIME = `
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    const kind = this.canvas.closest(".value-plot") ? "data" : "network";
    if (text === "now" || text === "end") document.documentElement.dataset[kind] = text;
    fillText.call(this, text, ...place);
  };
`;

testWith(["chromium"], "charts reach to now, and after the end to the end", async () => {
  await buildPage();
  await using opened = new AsyncDisposableStack();
  const session = new FakeSession();
  const viewer = await openViewer(ADDRESS, systemMachine, session);
  opened.defer(() => viewer.close());
  for (const output of [WHOLE, VALUE]) session.emit(output);
  const browser = opened.use(await TestBrowser.launch());
  const page = await browser.open(viewer.url, { initScript: TELL_TIME });
  await page.locator('html[data-data="now"][data-network="now"]').waitFor(PATIENCE);
  session.emit({ kind: "ended", reason: "bye" });
  await page.locator('html[data-data="end"][data-network="end"]').waitFor(PATIENCE);
});
