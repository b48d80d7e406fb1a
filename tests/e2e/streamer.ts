import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { firstBrokenIdentity } from "../../scripts/network/agreement.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
/** Long enough for a cold start on a busy machine; only ever waited out by a failing test. */
const PATIENCE_MILLIS = 90_000;

/** Longer than any test's broadcast: a program that still runs then hangs. */
const LONGEST_RUN_MILLIS = 180_000;

/** One line of `--json` output. */
// deno-lint-ignore no-explicit-any -- a test reads whatever the line has, and fails where it has not
export type JsonLine = { readonly kind: string } & Record<string, any>;

export interface StartOptions {
  readonly env?: Record<string, string>;
  /** Replaces the environment instead of adding to it. */
  readonly clearEnv?: boolean;
  readonly cwd?: string;
  /** `open`: what {@linkcode Streamer.write} gives it. */
  readonly stdin?: Uint8Array | "null" | "open";
  /** No file it writes may grow beyond this many KiB: what a full disk is like. */
  readonly fileBlocks?: number;
  /** How many descriptors it may have open: files, sockets and all. */
  readonly descriptors?: number;
  /** A command that runs the program, with other rights for instance. */
  readonly through?: readonly string[];
  /** Started as `nohup` does: SIGHUP is ignored. */
  readonly isNohup?: boolean;
}

export interface Finished {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The program under test: the compiled binary that STREAMER names, else `deno run -A main.ts`. It is
 * ended when it goes out of scope (`await using`), and what it said on stderr is shown by every
 * failure.
 */
export class Streamer implements AsyncDisposable {
  readonly lines: JsonLine[] = [];
  readonly finished: Promise<Finished>;
  readonly #name: string;
  readonly #process: Deno.ChildProcess;
  readonly #waiting: (() => void)[] = [];
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #stdout = "";
  /** The beginning of a line whose end has not come. */
  #unfinished = "";
  #stderr = "";
  #hasEnded = false;
  /** Of the first ledger in which the numbers did not add up. */
  #broken: string | undefined;

  constructor(args: readonly string[], options: StartOptions = {}) {
    this.#name = `streamer ${args[0] ?? ""}`;
    const { stdin = "null", through = [] } = options;
    const [command, ...before] = [...through, ...limited(programCommand(), options)];
    this.#process = new Deno.Command(command!, {
      args: [...before, ...args],
      env: options.env,
      clearEnv: options.clearEnv,
      cwd: options.cwd,
      stdin: stdin === "null" ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (typeof stdin !== "string") feed(this.#process.stdin, stdin);
    if (stdin === "open") this.#input = this.#process.stdin.getWriter();
    this.finished = this.#follow();
  }

  get pid(): number {
    return this.#process.pid;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** The first line of that kind that `matches`, waiting for it if need be. */
  async line(kind: string, matches: (line: JsonLine) => boolean = () => true): Promise<JsonLine> {
    const find = () => this.lines.find((line) => line.kind === kind && matches(line));
    await this.until(() => find() !== undefined, `a "${kind}" line`);
    return find()!;
  }

  /** Waits until `condition`, looked at after each line; fails when the program ends without it. */
  async until(condition: () => boolean, what: string, millis = PATIENCE_MILLIS): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#tell();
    }, millis);
    try {
      while (!condition()) {
        if (this.#hasEnded) throw this.#failure(`ended without ${what}`);
        if (isLate) throw this.#failure(`gave no ${what} within ${millis} ms`);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** What the program says at its very end, whose exit status must be `code`. */
  async end(code = 0): Promise<JsonLine> {
    await this.until(() => this.#hasEnded, "end", LONGEST_RUN_MILLIS);
    const result = await this.finished;
    this.#checkLedgers();
    if (result.code !== code) throw this.#failure(`exit status ${result.code}, not ${code}`);
    return this.lines.at(-1) ?? { kind: "nothing" };
  }

  /** Writes to its standard input. */
  async write(text: string): Promise<void> {
    await this.#input!.write(new TextEncoder().encode(text));
  }

  kill(signal: Deno.Signal): void {
    if (!this.#hasEnded) this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#input?.close().catch(() => {});
    await this.finished;
    this.#checkLedgers();
  }

  async #follow(): Promise<Finished> {
    const [status] = await Promise.all([
      this.#process.status,
      this.#read(this.#process.stdout, (text) => this.#takeOut(text)),
      this.#read(this.#process.stderr, (text) => this.#stderr += text),
    ]);
    this.#hasEnded = true;
    this.#tell();
    const { code, signal } = status;
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr };
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      take(decoder.decode(chunk, { stream: true }));
      this.#tell();
    }
  }

  #takeOut(text: string): void {
    this.#stdout += text;
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith("{")) this.#take(JSON.parse(line));
    }
  }

  #take(line: JsonLine): void {
    this.lines.push(line);
    const isListener = line.channels?.[0]?.packetsExpected !== undefined;
    if (isListener) this.#broken ??= firstBrokenIdentity(line.channels);
  }

  /** The identity holds in every line of every test; a failure is told once. */
  #checkLedgers(): void {
    const broken = this.#broken;
    this.#broken = undefined;
    if (broken !== undefined) throw this.#failure(`told what does not add up: ${broken}`);
  }

  #tell(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #failure(what: string): Error {
    const tail = this.#stdout.split("\n").slice(-6).join("\n");
    return new assert.AssertionError({
      message: `${this.#name} ${what}\n--- stderr\n${this.#stderr}\n--- last of stdout\n${tail}`,
    });
  }
}

export function programCommand(): string[] {
  const compiled = Deno.env.get("STREAMER");
  return compiled ? [compiled] : [Deno.execPath(), "run", "-A", MAIN];
}

/** Writing on past the limit fails, instead of ending the program with a signal. */
function limited(command: string[], { fileBlocks, descriptors, isNohup }: StartOptions): string[] {
  const limits = [
    ...fileBlocks === undefined ? [] : [`trap '' XFSZ`, `ulimit -f ${fileBlocks}`],
    ...isNohup ? [`trap '' HUP`] : [],
    ...descriptors === undefined ? [] : [`ulimit -n ${descriptors}`],
  ];
  if (limits.length === 0) return command;
  return ["bash", "-c", [...limits, `exec "$@"`].join("; "), "bash", ...command];
}

/** Starts a host on a free port, with `--json`, and waits until it is ready. */
export async function serve(args: readonly string[], options: StartOptions = {}) {
  const host = new Streamer(
    ["serve", "--host", "127.0.0.1", "--port", "0", "--json", ...args],
    options,
  );
  const ready = await host.line("ready");
  return { host, port: ready.port as number, link: ready.link as string };
}

/** Starts a listener with `--json`, without a player. */
export function listen(args: readonly string[], options: StartOptions = {}): Streamer {
  return new Streamer(["listen", "--no-play", "--json", ...args], options);
}

/** A join link that leads to another port: through a relay. */
export function linkThrough(link: string, port: number): string {
  return link.replace(/:\d+/, `:${port}`);
}

async function feed(stdin: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    await new Blob([bytes.slice()]).stream().pipeTo(stdin);
  } catch {
    // The program may close its end first.
  }
}
