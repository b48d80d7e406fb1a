import { type Browser, chromium, type Page } from "playwright-core";
import { requireTool } from "../tools.ts";
import { type StartOptions, Streamer } from "./streamer.ts";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Chromium may stand still for 35 s while it starts or opens its first page; only ever waited out by a failing test. */
const PATIENCE = { timeout: 120_000 };

export interface OpenOptions {
  readonly width?: number;
  readonly initScript?: string;
  /** A page of which it shares cookies, permissions and all else; its own otherwise. */
  readonly beside?: Page;
}

/** Debian's Chromium, closed when it goes out of scope. */
export class TestBrowser implements AsyncDisposable {
  /** Whatever went wrong in a page: exceptions, failed loads, violations of its content policy. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /**
   * @param more arguments of Chromium.
   * @param environment of it, besides this program's.
   */
  static async launch(
    more: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<TestBrowser> {
    const executablePath = requireTool("chromium");
    const args = [...ARGUMENTS, ...more];
    const env = { ...Deno.env.toObject(), ...environment };
    return new TestBrowser(await chromium.launch({ executablePath, args, env, ...PATIENCE }));
  }

  async open(url: string, options: OpenOptions = {}): Promise<Page> {
    const { width = 1280, initScript, beside } = options;
    const context = beside?.context() ??
      await this.#browser.newContext({ viewport: { width, height: 844 } });
    const page = await context.newPage();
    page.on("pageerror", ({ message }) => this.complaints.push(message));
    page.on("console", (message) => {
      // A browser writes down each refused connection; losing those is what some tests are about.
      const isRefused = message.text().includes("WebSocket connection to");
      if (message.type() === "error" && !isRefused) this.complaints.push(message.text());
    });
    if (initScript !== undefined) await page.addInitScript(initScript);
    await page.goto(url, PATIENCE);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** Builds the page, unless the binary under test carries its own; nothing to do when it is built. */
export async function buildPage(): Promise<void> {
  if (Deno.env.has("STREAMER")) return;
  const script = new URL("../../scripts/build_viewer.ts", import.meta.url);
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "-q", script.href] });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Starts a viewer with `--json` and waits until its page is served. */
export async function view(
  link: string,
  http = "127.0.0.1:0",
  options: StartOptions = {},
  more: readonly string[] = [],
) {
  await buildPage();
  const viewer = new Streamer(["view", link, "--http", http, "--json", ...more], options);
  const { url } = await viewer.line("ready");
  return { viewer, url: url as string, http: new URL(url as string).host };
}
