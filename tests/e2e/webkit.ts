import { startChild, startDisplay, startSoundServer } from "./desktop.ts";
import { freeTcpPort, sleep, TemporaryFolder } from "./fixtures.ts";

/** Debian's small browser around WebKitGTK, the engine of Safari and of every browser of an iPhone. */
const BROWSER = `/usr/lib/${Deno.build.arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

/** WebKitGTK with a screen and a sound card of its own, driven by WebDriver; closed when it goes out of scope. */
export class TestWebKit implements AsyncDisposable {
  readonly #children: AsyncDisposableStack;
  /** `http://127.0.0.1:PORT/session/ID`. */
  readonly #session: string;

  private constructor(children: AsyncDisposableStack, session: string) {
    this.#children = children;
    this.#session = session;
  }

  /** @param env of the browser, besides its own. */
  static async launch(env: Readonly<Record<string, string>> = {}): Promise<TestWebKit> {
    await using children = new AsyncDisposableStack();
    const folder = children.use(new TemporaryFolder());
    const port = freeTcpPort();
    const said = startChild(children, "WebKitWebDriver", [`--port=${port}`], {
      DISPLAY: await startDisplay(children),
      PULSE_SERVER: await startSoundServer(children, folder),
      HOME: folder.path,
      XDG_RUNTIME_DIR: folder.path,
      // The tests run as root, and often in a container: its sandbox needs what they do not have.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
      ...env,
    });
    void said.pipeTo(new WritableStream());
    const url = `http://127.0.0.1:${port}`;
    await untilAnswers(`${url}/status`);
    const options = { binary: BROWSER, args: ["--automation"] };
    const wanted = { browserName: "MiniBrowser", "webkitgtk:browserOptions": options };
    const { sessionId } = await send("POST", `${url}/session`, {
      capabilities: { alwaysMatch: wanted },
    }) as { readonly sessionId: string };
    return new TestWebKit(children.move(), `${url}/session/${sessionId}`);
  }

  async open(url: string): Promise<void> {
    await send("POST", `${this.#session}/url`, { url });
  }

  /** A click as by a mouse, which lets a page play sound. */
  async click(selector: string): Promise<void> {
    const found = await send("POST", `${this.#session}/element`, {
      using: "css selector",
      value: selector,
    }) as Readonly<Record<string, string>>;
    await send("POST", `${this.#session}/element/${Object.values(found)[0]}/click`, {});
  }

  /** Evaluates an expression; it must give JSON's values. */
  async evaluate(expression: string): Promise<unknown> {
    const script = `return JSON.stringify(${expression}) ?? "null"`;
    const value = await send("POST", `${this.#session}/execute/sync`, { script, args: [] });
    return JSON.parse(String(value));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await send("DELETE", this.#session).catch(() => undefined);
    await this.#children.disposeAsync();
  }
}

/** @throws Error with the driver's own words. */
async function send(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json() as { readonly value: unknown };
  if (response.ok) return value;
  throw new Error(`${method} ${url}: ${JSON.stringify(value)}`);
}

async function untilAnswers(url: string): Promise<void> {
  const tryIt = () => fetch(url).then(({ body }) => body?.cancel(), () => "not yet");
  for (let attempt = 0; attempt < 600 && await tryIt() === "not yet"; attempt++) await sleep(100);
}
