/**
 * What a join and a listener cost a host, on Linux:
 *
 *     deno run -A scripts/bench/joins.ts 4000 [--plain]
 *
 * The listeners are a program of their own (joins/crowd.ts), with whole handshakes whose JOINs are sealed
 * beforehand: from 32 addresses, then from one. The host broadcasts a simulated match, so that little but
 * joins takes its time. Memory is what is left after a collection (joins/heap_on_signal.ts).
 */
import { fileURLToPath } from "node:url";
import type { JoinedReport, ReadyReport } from "./joins/crowd.ts";
import type { HeapReport } from "./joins/heap_on_signal.ts";
import { print } from "./printing.ts";
import { cpuSecondsBetween, usageOf } from "./process_usage.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here("../../main.ts");
const CROWD = here("./joins/crowd.ts");
const HEAP = here("./joins/heap_on_signal.ts");
const SETTLE_MILLIS = 1000;

export interface JoinCosts {
  readonly joined: number;
  /** From the first JOIN until the last listener was in. */
  readonly seconds: number;
  /** JOINs that were repeated. */
  readonly repeats: number;
  /** Milliseconds of the host's processor time, of all its threads: for a cookie, and from a JOIN on. */
  readonly helloMillis: number;
  readonly joinMillis: number;
  /** What the host holds more for each, after a collection. */
  readonly heapBytes: number;
  readonly externalBytes: number;
}

/** A program whose lines are JSON. */
class Program implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #errors: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  constructor(args: readonly string[]) {
    const options = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#process = new Deno.Command(Deno.execPath(), { args: [...args], ...options }).spawn();
    this.#output = linesOf(this.#process.stdout);
    this.#errors = linesOf(this.#process.stderr);
    this.#input = this.#process.stdin.getWriter();
  }

  get pid(): number {
    return this.#process.pid;
  }

  line<Line>(kind: string): Promise<Line> {
    return find(this.#output, kind);
  }

  /** What is left after a collection. */
  heap(): Promise<HeapReport> {
    this.#process.kill("SIGUSR2");
    return find(this.#errors, "heap");
  }

  goOn(): Promise<void> {
    return this.#input.write(new TextEncoder().encode("\n"));
  }

  /** Nobody reads what it prints from now on, but it may print. */
  ignore(): void {
    void (async () => {
      while (!(await this.#output.read()).done);
    })();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.status;
  }
}

/** @param flags more flags of `serve`, such as `--plain`. */
export async function measureJoins(
  count: number,
  addresses: number,
  flags: readonly string[] = [],
): Promise<JoinCosts> {
  await using host = new Program([
    ...["run", "-A", "--v8-flags=--expose-gc", `--preload=${HEAP}`, MAIN, "serve", "--json"],
    ...["--host", "127.0.0.1", "--port", "0", "--simulate", "--capacity", String(2 * count)],
    ...flags,
  ]);
  const { link } = await host.line<{ link: string }>("ready");
  host.ignore();
  const heapBefore = await host.heap();
  const before = usageOf(host.pid)!;
  await using crowd = new Program(["run", "-A", CROWD, link, String(count), String(addresses)]);
  await crowd.line<ReadyReport>("ready");
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLIS));
  const between = usageOf(host.pid)!;
  await crowd.goOn();
  const { joined, seconds, repeats } = await crowd.line<JoinedReport>("joined");
  const after = usageOf(host.pid)!;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLIS));
  const heapAfter = await host.heap();
  return {
    ...{ joined, seconds, repeats },
    helloMillis: cpuSecondsBetween(before, between) * 1000 / count,
    joinMillis: cpuSecondsBetween(between, after) * 1000 / count,
    heapBytes: (heapAfter.heap - heapBefore.heap) / count,
    externalBytes: (heapAfter.external - heapBefore.external) / count,
  };
}

function linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStreamDefaultReader<string> {
  let rest = "";
  const lines = new TransformStream<string, string>({
    transform(text, controller) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      for (const part of parts) controller.enqueue(part);
    },
  });
  return stream.pipeThrough(new TextDecoderStream()).pipeThrough(lines).getReader();
}

/** @throws Error when the program ends before it prints such a line. */
async function find<Line>(
  lines: ReadableStreamDefaultReader<string>,
  kind: string,
): Promise<Line> {
  for (;;) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`The program ended without a line of the kind ${kind}`);
    if (value.includes(`"kind":"${kind}"`)) return JSON.parse(value);
  }
}

if (import.meta.main) {
  const [count = "4000", ...flags] = Deno.args;
  for (const addresses of [32, 1]) {
    const costs = await measureJoins(Number(count), addresses, flags);
    const { joined, seconds, repeats, helloMillis, joinMillis, heapBytes, externalBytes } = costs;
    const bytes = `${(heapBytes / 1000).toFixed(1)} + ${(externalBytes / 1000).toFixed(1)} kB`;
    print(`${joined} of ${count} joined from ${addresses} addresses in ${seconds.toFixed(1)} s`);
    print(`  JOINs repeated ${repeats}; heap and external memory of a listener ${bytes}`);
    print(
      `  the host's processor: ${helloMillis.toFixed(2)} ms for a cookie, ${
        joinMillis.toFixed(2)
      } ms for a join`,
    );
  }
}
