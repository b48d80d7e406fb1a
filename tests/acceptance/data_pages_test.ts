import assert from "node:assert/strict";
import { PageDataCollector } from "../../shared/page/page_data.ts";
import { testWith } from "../tools.ts";
import { view } from "../e2e/browser.ts";
import { serve } from "../e2e/streamer.ts";

/** `DATA_PAGES_SECONDS=600` makes it ten minutes. */
const SECONDS = Number(Deno.env.get("DATA_PAGES_SECONDS") ?? 90);
const STALLED_SECONDS = 60;
const PAGES = 20;
/** The viewer may hold so much more at the end than when all pages are open and its history has begun. */
const MAX_GROWTH_BYTES = 48 << 20;

testWith(
  [],
  `${PAGES} pages for ${SECONDS} s, one of which reads nothing for a minute: the others miss nothing, memory is flat`,
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve(["--simulate-data", "--interval", "50ms"]);
    opened.use(host);
    const { viewer, http } = await view(link);
    opened.use(viewer);
    await viewer.line("data");
    const pages = Array.from({ length: PAGES - 1 }, () => opened.use(new QuickPage(http)));
    const stalled = opened.use(await StalledPage.open(http));
    const memory: number[] = [];
    const begin = Date.now();
    while (Date.now() - begin < SECONDS * 1000) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      memory.push(residentBytes(viewer.pid));
      if (Date.now() - begin > STALLED_SECONDS * 1000) stalled.read();
    }
    const last = Math.min(...pages.map(({ numbers }) => numbers.at(-1)!));
    for (const { numbers } of pages) {
      const own = numbers.filter((number) => number <= last);
      assert.equal(own.length, last - own[0]! + 1, "a page missed a message");
      assert.ok(own.length > SECONDS * 10, `${own.length} messages`);
    }
    const [early, late] = [memory.slice(15, 30), memory.slice(-15)].map(median);
    report({ seconds: SECONDS, messages: last, early, late, stalledBytes: stalled.bytes });
    assert.ok(late! - early! < MAX_GROWTH_BYTES, `memory grew from ${early} to ${late} bytes`);
    assert.ok(stalled.bytes > 100_000, "the page that stalled got nothing of what was on its way");
  },
);

function report(measured: Readonly<Record<string, number | undefined>>): void {
  console.log(JSON.stringify(measured));
}

/** A page that takes what comes at once. */
class QuickPage implements Disposable {
  /** The numbers of the messages that it got. */
  readonly numbers: number[] = [];
  readonly #socket: WebSocket;
  readonly #collector = new PageDataCollector();

  constructor(http: string) {
    this.#socket = new WebSocket(`ws://${http}/ws`);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#socket.send('{"kind":"data","wanted":true}');
    this.#socket.onmessage = ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      const result = this.#collector.push(new Uint8Array(data));
      assert.ok(result.ok);
      if (result.value?.kind === "message") this.numbers.push(result.value.number);
    };
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** A page whose socket is not read until {@linkcode read} is called. */
class StalledPage implements Disposable {
  bytes = 0;
  #isReading = false;

  private constructor(private readonly connection: Deno.TcpConn) {}

  static async open(http: string): Promise<StalledPage> {
    const [hostname, port] = http.split(":");
    const connection = await Deno.connect({ hostname: hostname!, port: Number(port) });
    const lines = [
      "GET /ws HTTP/1.1",
      `Host: ${http}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
    await connection.read(new Uint8Array(1024));
    // Masked with zeros (RFC 6455 section 5.3).
    const text = new TextEncoder().encode('{"kind":"data","wanted":true}');
    await connection.write(Uint8Array.of(0x81, 0x80 | text.length, 0, 0, 0, 0, ...text));
    return new StalledPage(connection);
  }

  /** Takes what comes from now on. */
  async read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) this.bytes += await this.connection.read(buffer) ?? 0;
    } catch {
      // Closed at the end.
    }
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s*(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1];
  return Number(kilobytes) * 1024;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1]!;
}
