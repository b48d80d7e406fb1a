import type { Page } from "playwright-core";
import { TestBrowser } from "../../tests/e2e/browser.ts";
import { listen, serve } from "../../tests/e2e/streamer.ts";
import type { Camera } from "./camera.ts";

const HOST = ["--studio", "127.0.0.1:0", "--no-open", "--match", "Flamengo x Palmeiras"];
const NAMES = ["Ann", "Bruno", "Chen"];
const BROWSER = [
  "--auto-select-tab-capture-source-by-title=Line-ups",
  "--autoplay-policy=no-user-gesture-required",
];
const PATIENCE = { timeout: 60_000 };
/** A machine that takes pictures has no microphone: a hum that grows louder and quieter stands in for one. */
const MICROPHONE = `navigator.mediaDevices.getUserMedia = () => {
  const context = new AudioContext();
  const [sound, loudness, slow] = [context.createOscillator(), context.createGain(), context.createOscillator()];
  loudness.gain.value = 0.12;
  slow.frequency.value = 0.3;
  const swing = context.createGain();
  swing.gain.value = 0.05;
  slow.connect(swing).connect(loudness.gain);
  const out = context.createMediaStreamDestination();
  sound.connect(loudness).connect(out);
  sound.start();
  slow.start();
  return Promise.resolve(out.stream);
};`;
const PLAYERS = "Rossi Varela Ortiz Pereira Viña Allan Gerson Arrascaeta Plata Pedro Luiz " +
  "Weverton Rocha Gómez Murilo Piquerez Aníbal Veiga Maurício Estêvão Flaco Rony";
/** A tab to share. */
const LINE_UPS = `<!doctype html><title>Line-ups</title>
<style>body{margin:0;padding:60px 90px;background:#0b3826;color:#fff;font:30px sans-serif}
h1{font-size:52px;margin:0 0 30px}li{list-style:none;padding:8px;border-bottom:1px solid #ffffff40}
div{columns:2;gap:60px}</style><h1>Line-ups</h1><div>${
  PLAYERS.split(" ").map((name, at) => `<li>${at % 11 + 1} &nbsp; ${name}</li>`).join("")
}</div>`;

/** The studio on air: microphone, a shared tab, a match with a goal, three listeners. */
export async function stageStudio(camera: Camera): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const { host, link } = await serve(HOST);
  opened.use(host);
  for (const name of NAMES) await opened.use(listen([link, "--name", name])).line("joined");
  const { studio } = await host.line("ready");
  const browser = opened.use(await TestBrowser.launch(BROWSER));
  const page = await browser.open(studio, { initScript: MICROPHONE });
  await page.locator('.studio[data-can-act="true"]').waitFor(PATIENCE);
  const tab = await browser.open("about:blank", { beside: page });
  await tab.setContent(LINE_UPS);
  await page.bringToFront();
  await start(page, "mic");
  await start(page, "share-screen");
  await playMatch(page);
  await camera.take("studio", { page, width: 1280, height: 920 });
}

async function start(page: Page, id: string): Promise<void> {
  await page.locator(`[data-testid="${id}"]`).click(PATIENCE);
  await page.locator(`[data-testid="${id}"][aria-pressed="true"]`).waitFor(PATIENCE);
}

async function playMatch(page: Page): Promise<void> {
  const press = (action: string, origin: string) =>
    page.locator(
      `[data-testid="event-buttons"] [data-action="${action}"][data-origin="${origin}"]`,
    ).click(PATIENCE);
  await press("Kick-off", "");
  await press("Corner", "Palmeiras");
  await press("Goal", "Flamengo");
  await page.locator('[data-testid="score"]', { hasText: "1" }).waitFor(PATIENCE);
  // The numbers of who listens follow their reports.
  await page.waitForTimeout(8000);
  await page.locator(".notice").first().waitFor({ state: "detached", ...PATIENCE });
}
