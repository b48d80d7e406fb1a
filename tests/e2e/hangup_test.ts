import assert from "node:assert/strict";
import { testWith } from "../tools.ts";
import { COMMENTARY_MP3, sleep, TemporaryFolder } from "./fixtures.ts";
import { listen, programCommand, serve, Streamer } from "./streamer.ts";

const HOST_ARGS = ["--audio", COMMENTARY_MP3, "--loop"];

/** The program in a terminal of its own, as in a window that can be closed. */
class TerminalWindow implements AsyncDisposable {
  readonly #script: Deno.ChildProcess;

  constructor(...args: string[]) {
    const program = [...programCommand(), ...args].map(quote).join(" ");
    this.#script = new Deno.Command("script", {
      args: ["-qfc", program, "/dev/null"],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** With the end of `script` the terminal is gone. */
  async close(): Promise<void> {
    this.#script.kill("SIGKILL");
    await this.#script.status;
    await this.#script.stdin.close().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => {});
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

testWith(
  ["script"],
  "a listener whose terminal is closed says goodbye, and its place is free",
  async () => {
    const { host, link } = await serve([...HOST_ARGS, "--capacity", "1"]);
    await using _host = host;
    await using terminal = new TerminalWindow("listen", "--no-play", link);
    await host.line("listener-joined");
    await terminal.close();
    const { reason, listeners } = await host.line("listener-left");
    assert.deepEqual([reason, listeners], ["bye", 0]);
    await using next = listen([link]);
    await next.line("joined");
  },
);

testWith(["script"], "a host whose terminal is closed says goodbye to its listeners", async () => {
  await using folder = new TemporaryFolder();
  const log = folder.file("host.log");
  const token = ["--token", "hangup"];
  await using terminal = new TerminalWindow(
    ...["serve", "--host", "127.0.0.1", "--port", "0", "--log", log, ...token, ...HOST_ARGS],
  );
  const port = await readPort(log);
  await using listener = listen([`streamer://127.0.0.1:${port}/?t=hangup`]);
  await listener.line("stats", ({ channels }) => channels[0].packetsReceived > 0);
  await terminal.close();
  const { reason, channels } = await listener.end();
  assert.equal(reason, "bye");
  assert.equal(channels[0].residualLost, 0);
});

Deno.test("SIGHUP, however often, is a goodbye with the ledger and exit status 0", async () => {
  const { host, link } = await serve(HOST_ARGS);
  await using _host = host;
  await using listener = listen([link]);
  await listener.line("stats", ({ channels }) => channels[0].packetsReceived > 0);
  for (let times = 0; times < 3; times++) listener.kill("SIGHUP");
  const summary = await listener.end();
  assert.deepEqual([summary.kind, summary.reason], ["summary", "interrupted"]);
  assert.equal((await host.line("listener-left")).reason, "bye");
  host.kill("SIGHUP");
  assert.equal((await host.end()).reason, "interrupted");
});

Deno.test("started with nohup it outlives its terminal", async () => {
  const { link, host } = await serve(HOST_ARGS);
  await using _host = host;
  await using listener = new Streamer(["listen", "--no-play", "--json", link], { isNohup: true });
  await listener.line("stats", ({ channels }) => channels[0].packetsReceived > 0);
  listener.kill("SIGHUP");
  const before = listener.lines.length;
  await listener.until(() => listener.lines.length > before + 2, "more after SIGHUP");
  listener.kill("SIGTERM");
  assert.equal((await listener.end()).kind, "summary");
});

async function readPort(log: string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const text = await Deno.readTextFile(log).catch(() => "");
    const port = /Ready at 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
    if (port !== undefined) return port;
    await sleep(50);
  }
  throw new assert.AssertionError({ message: "The host never was ready" });
}
