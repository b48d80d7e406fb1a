import assert from "node:assert/strict";
import { view } from "./browser.ts";
import { TestFirefox } from "./firefox.ts";
import { COMMENTARY_MP3, COMMENTARY_OPUS, sleep } from "./fixtures.ts";
import { serve } from "./streamer.ts";
import { testWith, type ToolName } from "../tools.ts";
import { TestWebKit } from "./webkit.ts";

/** What both have; Chromium is played in page_test.ts. */
interface AnyBrowser extends AsyncDisposable {
  open(url: string): Promise<void>;
  click(selector: string): Promise<void>;
  evaluate(expression: string): Promise<unknown>;
}

const PLAY = '[data-testid="play"]';
/** Only ever waited out by a failing test. */
const MOST_ATTEMPTS = 300;

const BROWSERS: readonly {
  readonly name: string;
  readonly tools: readonly ToolName[];
  readonly launch: () => Promise<AnyBrowser>;
}[] = [
  {
    name: "Firefox",
    tools: ["firefox-esr", "Xvfb", "pulseaudio"],
    launch: () => TestFirefox.launch(),
  },
  {
    // It says that WebCodecs decodes MP3 there, which it can't. Without a language a chart's script stopped the page.
    name: "WebKitGTK, without a language,",
    tools: ["WebKitWebDriver", "Xvfb", "pulseaudio"],
    launch: () => TestWebKit.launch({ LANG: "C", LC_ALL: "C" }),
  },
];

async function until(browser: AnyBrowser, expression: string): Promise<void> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if (await browser.evaluate(expression)) return;
    await sleep(100);
  }
  const shown = await browser.evaluate("document.body.innerText");
  assert.fail(`never true: ${expression}; the page shows: ${shown}`);
}

/** Louder than a whisper, by what goes to the loudspeaker. */
const HEARD = `Number(document.querySelector('[data-testid="level"]').dataset.rms) > 0.02`;
const statusIs = (status: string) =>
  `document.querySelector('${PLAY}')?.dataset.status === "${status}"`;

for (const { name, tools, launch } of BROWSERS) {
  testWith(tools, `${name} plays MP3 and Opus in the page, and a press ends each`, async () => {
    await using browser = await launch();
    for (const recording of [COMMENTARY_MP3, COMMENTARY_OPUS]) {
      await using opened = new AsyncDisposableStack();
      const { host, link } = await serve(["--audio", recording, "--loop"]);
      opened.use(host);
      const { viewer, url } = await view(link);
      opened.use(viewer);
      await viewer.line("joined");
      await browser.open(url);
      await until(browser, `document.querySelector('${PLAY}')?.disabled === false`);
      await browser.click(PLAY);
      await until(browser, `${statusIs("playing")} && ${HEARD}`);
      await browser.click(PLAY);
      await until(browser, statusIs("stopped"));
    }
  });
}
