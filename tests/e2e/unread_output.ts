import assert from "node:assert/strict";
import { COMMENTARY_MP3, sleep, type TemporaryFolder } from "./fixtures.ts";
import { listen, programCommand } from "./streamer.ts";

/**
 * How a program's output is not read: a terminal stopped with Ctrl-S, a pager that shows its first page
 * and waits, a disk that is full, a pipe that nobody reads from.
 */
export const UNREAD = ["Ctrl-S", "less", "full", "pipe"] as const;
export type Unread = typeof UNREAD[number];

const CTRL_S = "\x13";
const CTRL_Q = "\x11";
const TOKEN = "unread-output-token";
/** Held back so long that a busy machine makes nothing late. */
const LATENCY = "5s";
/** Only ever waited out by a failing test. */
const PATIENCE_MILLIS = 60_000;
const LOOK_AGAIN_MILLIS = 50;

/**
 * What runs the program (`"$@"`) for each way. Pipes are filled to the brim before it starts, so that the
 * first thing it prints finds no room. `tail` holds the other end until the shell has gone.
 */
const SHELLS: Readonly<Record<Unread, string>> = {
  "Ctrl-S": `"$@"; echo $? > "$STATUS"`,
  less: `{ timeout 2 yes; "$@"; echo $? > "$STATUS"; } | less`,
  full: `"$@" > /dev/full 2> /dev/full; echo $? > "$STATUS"`,
  pipe: `{ timeout 2 yes; "$@" 2>&1; echo $? > "$STATUS"; } > >(exec tail --pid=$$ -f /dev/null)`,
};

/** A program whose output is not read. */
export class UnreadProgram implements AsyncDisposable {
  readonly #statusFile: string;
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  /** What a terminal showed; nothing where there is none. */
  shown = "";

  constructor(readonly unread: Unread, args: readonly string[], folder: TemporaryFolder) {
    this.#statusFile = folder.file(`${crypto.randomUUID()}.status`);
    const inShell = ["bash", "-c", SHELLS[unread], "bash", ...programCommand(), ...args];
    const needsTerminal = unread === "Ctrl-S" || unread === "less";
    const [command, ...rest] = needsTerminal
      ? ["script", "-qfec", inShell.map(quote).join(" "), "/dev/null"]
      : inShell;
    this.#child = new Deno.Command(command!, {
      args: rest,
      env: { STATUS: this.#statusFile, TERM: "xterm", LESS: "", STREAMER_TOKEN: TOKEN },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      // A group of its own, so that nothing is left running when a test fails.
      detached: true,
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#reading = this.#read();
    if (unread === "Ctrl-S") this.type(CTRL_S);
  }

  type(keys: string): void {
    this.#keys.write(new TextEncoder().encode(keys)).catch(() => {});
  }

  /** Reads on: what was held back comes. */
  resume(): void {
    this.type(this.unread === "Ctrl-S" ? CTRL_Q : "G");
  }

  /** The program's own exit status, once it has ended. */
  async end(): Promise<number> {
    const code = await lookFor(this.#statusFile, /^(\d+)\n/, `the end of ${this.unread}`);
    return Number(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.type("q");
    await Promise.race([this.#child.status, sleep(2000)]);
    try {
      Deno.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#reading;
    await this.#keys.close().catch(() => {});
    await this.#child.status;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.shown += decoder.decode(chunk, { stream: true });
    }
  }
}

/**
 * A host and listeners of whom nobody reads what they print, and one listener who does. Every listener
 * must get every packet, and every program must end by itself with its own exit status.
 *
 * @param seconds how long the broadcast lasts.
 */
export async function checkNobodyMisses(
  options: {
    readonly host: Unread;
    /** Each a command and how it is not read. */
    readonly listeners: readonly (readonly [command: "listen" | "view", unread: Unread])[];
    readonly seconds: number;
  },
  folder: TemporaryFolder,
): Promise<void> {
  const { seconds, listeners } = options;
  await using opened = new AsyncDisposableStack();
  const log = folder.file("host.log");
  const host = opened.use(
    new UnreadProgram(options.host, [
      ...["serve", "--host", "127.0.0.1", "--port", "0", "--json", "--log", log],
      ...["--audio", COMMENTARY_MP3, "--loop", "--duration", `${seconds}s`],
      ...["--wait-for", String(listeners.length + 1)],
    ], folder),
  );
  const port = await lookFor(log, /Ready at 127\.0\.0\.1:(\d+)/, "ready host");
  const link = `streamer://127.0.0.1:${port}/?t=${TOKEN}`;
  const recordings = listeners.map((_, index) => folder.file(`listener-${index}.mp3`));
  const unread = listeners.map(([command, how], index) => {
    const where = command === "view" ? ["--http", "127.0.0.1:0"] : ["--no-play"];
    const kept = ["--json", "--latency", LATENCY, "--record", recordings[index]!];
    return opened.use(new UnreadProgram(how, [command, link, ...where, ...kept], folder));
  });
  const control = folder.file("control.mp3");
  const reader = opened.use(listen([link, "--latency", LATENCY, "--record", control]));
  const isOver = () => reader.lines.some(({ kind }) => kind === "summary");
  await reader.until(isOver, "summary", seconds * 1000 + PATIENCE_MILLIS);
  const summary = await reader.end();

  const sound = summary.channels[0];
  assert.ok(
    sound.packetsExpected > 30 * seconds,
    `only ${sound.packetsExpected} packets were sent`,
  );
  assert.equal(sound.packetsReceived, sound.packetsExpected, "the one who reads missed packets");
  const states = reader.lines.filter(({ kind }) => kind === "connection").map(({ state }) => state);
  assert.deepEqual(states.filter((state) => state !== "joining"), ["connected"]);
  for (const [index, program] of unread.entries()) {
    const what = `${listeners[index]![0]} with ${program.unread}`;
    assert.equal(await program.end(), 0, what);
    assert.ok(isSame(recordings[index]!, control), `${what} missed packets`);
  }
  assert.equal(await host.end(), 0, `host with ${host.unread}`);
}

function isSame(file: string, other: string): boolean {
  const [bytes, otherBytes] = [Deno.readFileSync(file), Deno.readFileSync(other)];
  return bytes.length > 0 && bytes.length === otherBytes.length &&
    bytes.every((byte, index) => byte === otherBytes[index]);
}

/** Waits until a file has what `pattern` looks for; gives its group. */
async function lookFor(file: string, pattern: RegExp, what: string): Promise<string> {
  const end = performance.now() + PATIENCE_MILLIS;
  while (performance.now() < end) {
    const found = pattern.exec(await Deno.readTextFile(file).catch(() => ""))?.[1];
    if (found !== undefined) return found;
    await sleep(LOOK_AGAIN_MILLIS);
  }
  throw new assert.AssertionError({ message: `No ${what} within ${PATIENCE_MILLIS} ms` });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
