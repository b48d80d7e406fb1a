/**
 * Tries a binary on the system that it is for: `deno run -A scripts/release/try_binary.ts FILE`. It gets no Deno, no
 * Node and nearly no environment, says its version, serves a match to a listener, and plays the demo.
 */
import { resolve } from "node:path";
import denoJson from "../../deno.json" with { type: "json" };

const PATIENCE_MILLIS = 120_000;
/** Windows opens no socket without it. */
const KEPT = ["SystemRoot"];

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

class Trial implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "streamer-try-" });

  constructor(readonly binary: string) {}

  start(...args: string[]): Deno.ChildProcess {
    const folder = this.#folder;
    const kept = KEPT.map((name) => [name, Deno.env.get(name)]).filter(([, value]) => value);
    const env = { ...Object.fromEntries(kept), PATH: "", HOME: folder, APPDATA: folder };
    return new Deno.Command(this.binary, {
      args,
      cwd: folder,
      clearEnv: true,
      env: { ...env, TMPDIR: folder, TEMP: folder, TMP: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
      signal: AbortSignal.timeout(PATIENCE_MILLIS),
    }).spawn();
  }

  async run(...args: string[]): Promise<Ended> {
    const { code, stdout } = await this.start(...args).output();
    return { code, stdout: new TextDecoder().decode(stdout) };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

async function saysItsVersion(trial: Trial): Promise<boolean> {
  const { code, stdout } = await trial.run("--version");
  return code === 0 && stdout.trim() === denoJson.version;
}

/** A simulated match in UDP packets of this machine, sealed, from one program to another. */
async function sendsAndReceives(trial: Trial): Promise<boolean> {
  const where = ["--host", "127.0.0.1", "--port", "0"];
  const host = trial.start("serve", ...where, "--json", "--wait-for", "1", "--duration", "6s");
  const ready = await firstLine(host.stdout);
  const draining = host.stdout.pipeTo(new WritableStream());
  const { code, stdout } = await trial.run("listen", "--json", "--no-play", ready.link);
  const [hosted] = await Promise.all([host.status, draining]);
  const events = stdout.split("\n").filter((line) => line.includes('"kind":"event"'));
  console.log(`  ${events.length} events were received`);
  return code === 0 && hosted.code === 0 && events.length > 0;
}

/** Reads the first line of JSON, and leaves what comes after it in the stream. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<{ readonly link: string }> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`serve ended without a line of JSON: ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return JSON.parse(text.split("\n")[0]!);
}

async function playsTheDemo(trial: Trial): Promise<boolean> {
  const { code, stdout } = await trial.run("demo", "--duration", "10s");
  console.log(stdout.trim().split("\n").slice(-3).map((line) => `  ${line}`).join("\n"));
  return code === 0;
}

const [file] = Deno.args;
if (file === undefined) throw new Error("A file is missing: give that of a binary");
using trial = new Trial(resolve(file));
let isGood = true;
for (const check of [saysItsVersion, sendsAndReceives, playsTheDemo]) {
  const isFine = await check(trial);
  console.log(`${isFine ? "ok" : "FAILED"}: ${check.name}`);
  isGood &&= isFine;
}
if (!isGood) Deno.exitCode = 1;
