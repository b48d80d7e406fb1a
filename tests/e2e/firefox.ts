import { startChild, startDisplay, startSoundServer, untilSaid } from "./desktop.ts";
import { TemporaryFolder } from "./fixtures.ts";

/** No questions, a microphone that beeps, and nothing that a browser does for itself. */
const PREFERENCES = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  "media.autoplay.block-webaudio": false,
  "media.autoplay.blocking_policy": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "app.update.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
};

/** Only ever waited out by a failing test. */
const PATIENCE_MILLIS = 60_000;

interface Answer {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Debian's Firefox with a screen and a sound card of its own, driven by WebDriver BiDi; closed when it goes out of scope. */
export class TestFirefox implements AsyncDisposable {
  readonly #children: AsyncDisposableStack;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #context = "";
  #count = 0;

  private constructor(children: AsyncDisposableStack, socket: WebSocket) {
    this.#children = children;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(data) as Answer;
      this.#waiting.get(answer.id ?? -1)?.(answer);
    };
  }

  static async launch(): Promise<TestFirefox> {
    await using children = new AsyncDisposableStack();
    const folder = children.use(new TemporaryFolder());
    const lines = Object.entries(PREFERENCES)
      .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
    await Deno.writeTextFile(folder.file("user.js"), lines.join(""));
    const display = await startDisplay(children);
    const sound = await startSoundServer(children, folder);
    const said = startChild(children, "firefox-esr", [
      ...["--no-remote", "--profile", folder.path, "--remote-debugging-port", "0"],
      ...["--width", "1000", "--height", "600"],
    ], { DISPLAY: display, HOME: folder.path, PULSE_SERVER: sound });
    const [url] = await untilSaid(said, /ws:\/\/[\d.]+:\d+/);
    const socket = new WebSocket(`${url}/session`);
    await new Promise((resolve, reject) => [socket.onopen, socket.onerror] = [resolve, reject]);
    const firefox = new TestFirefox(children.move(), socket);
    await firefox.#send("session.new", { capabilities: {} });
    return firefox;
  }

  async open(url: string): Promise<void> {
    const { context } = await this.#send("browsingContext.create", { type: "tab" });
    this.#context = String(context);
    await this.#send("browsingContext.navigate", { context, url, wait: "complete" });
  }

  /** Clicks in the middle of an element. */
  async click(selector: string): Promise<void> {
    const box = `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()`;
    const { x, y, width, height } = await this.evaluate(box) as DOMRect;
    const place = { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
    const button = { button: 0 };
    await this.#send("input.performActions", {
      context: this.#context,
      actions: [{
        ...{ type: "pointer", id: "mouse" },
        actions: [
          { type: "pointerMove", ...place },
          { type: "pointerDown", ...button },
          { type: "pointerUp", ...button },
        ],
      }],
    });
  }

  /** Evaluates an expression and awaits it; it must give JSON's values. */
  async evaluate(expression: string): Promise<unknown> {
    const result = await this.#send("script.evaluate", {
      expression: `(async () => JSON.stringify(await (${expression})) ?? "null")()`,
      target: { context: this.#context },
      awaitPromise: true,
    });
    const { result: value, exceptionDetails } = result as {
      readonly result?: { readonly value: string };
      readonly exceptionDetails?: { readonly text: string };
    };
    if (!value) throw new Error(exceptionDetails?.text);
    return JSON.parse(value.value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#children.disposeAsync();
  }

  async #send(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#count;
    const { promise: answered, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    const patience = setTimeout(() => resolve({ message: "no answer" }), PATIENCE_MILLIS);
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, message } = await answered;
    clearTimeout(patience);
    this.#waiting.delete(id);
    if (!result) throw new Error(`${method}: ${message}`);
    return result;
  }
}
