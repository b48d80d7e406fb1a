/**
 * Makes docs/runs/stands: what a directory, a host, three listeners and two reporters print while the two report a
 * match. Needs nothing; takes a minute:
 *
 *     deno run -A scripts/runs/stands.ts
 *
 * Tokens and keys are removed from what is kept, and the lines of statistics are left out.
 */
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const FOLDER = fileURLToPath(new URL("../../docs/runs/stands/", import.meta.url));
const SECRETS = /([?&#][tk]=)[\w-]+/g;
const ACTIONS = JSON.stringify([
  { title: "Goal", type: "goal", windowSeconds: 15 },
  { title: "Corner", type: "corner" },
]);

/** A program whose standard output is kept in a file. */
class Run {
  text = "";
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;

  constructor(name: string, args: readonly string[]) {
    this.#name = name;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read = this.#follow();
  }

  async #follow(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.text += text;
    }
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Reports something that happens now. */
  async report(event: Readonly<Record<string, unknown>>): Promise<void> {
    const line = JSON.stringify({ time: Date.now(), ...event });
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
    await this.until(new RegExp(`"reportId":"${event.id}","state":"(counted|refused)"`));
  }

  stop(): void {
    this.#child.kill("SIGINT");
  }

  /** Waits for the program's end and keeps what it printed. */
  async keep(): Promise<void> {
    await this.#read;
    await this.#child.status;
    const lines = this.text.split("\n").filter((line) => !line.startsWith('{"kind":"stats"'));
    await Deno.writeTextFile(FOLDER + this.#name, lines.join("\n").replaceAll(SECRETS, "$1..."));
  }
}

async function play(folder: string): Promise<void> {
  const who = (name: string) => ["--identity", `${folder}/${name}.json`, "--name", name];
  await Deno.writeTextFile(`${folder}/actions.json`, ACTIONS);
  const directory = new Run("directory.jsonl", ["directory", "--http", "127.0.0.1:0", "--json"]);
  const url = (await directory.until(/"url":"([^"]+)"/))[1]!;
  const at = ["--directory", url];
  const place = ["--host", "127.0.0.1", "--port", "0", "--studio", "127.0.0.1:0", "--json"];
  const match = ["--match", "Flamengo x Santos", "--actions", `${folder}/actions.json`];
  const host = new Run("serve.jsonl", ["serve", ...place, ...match, ...at, ...who("Ann")]);
  await host.until(/"kind":"ready"/);
  const listen = async (file: string, name: string, ...more: string[]) => {
    const search = ["--search", "flamngo santso", ...at, "--no-play", "--json"];
    const run = new Run(file, ["listen", ...search, ...who(name), ...more]);
    await run.until(/"kind":"joined"/);
    return run;
  };
  const listeners: Run[] = [];
  for (const number of [1, 2, 3]) {
    listeners.push(await listen(`listen-${number}.jsonl`, `listener ${number}`));
  }
  const one = await listen("reporter-1.jsonl", "reporter 1", "--report", "-");
  const other = await listen("reporter-2.jsonl", "reporter 2", "--report", "-");
  await report(one, other, host);
  for (const run of [...listeners, one, other]) await run.until(/"count":2/);
  const find = new Run("find.jsonl", ["find", "flamngo santso", ...at, "--json"]);
  await find.keep();
  host.stop();
  for (const run of [host, ...listeners, one, other]) await run.keep();
  directory.stop();
  await directory.keep();
}

/** A goal, a report that is alone, one that is taken back, and a correction. */
async function report(one: Run, other: Run, host: Run): Promise<void> {
  const goal = { title: "Goal", origin: "Flamengo" };
  const otherGoal = { title: "Goal", origin: "Santos" };
  const corner = { title: "Corner", origin: "Santos" };
  const happened = Date.now();
  await one.report({ id: "goal-1", ...goal });
  await other.report({ id: "goal-2", ...goal });
  const [, eventId] = await host.until(/"state":"confirmed".*"eventId":"([^"]+)"/);
  await other.report({ id: "alone-2", ...otherGoal });
  await one.report({ id: "corner-1", ...corner });
  await one.report({ id: "undo-1", type: "undo", supersedes: "corner-1" });
  await host.until(/"state":"expired"/);
  const correction = { ...otherGoal, type: "correction", supersedes: eventId, time: happened };
  await one.report({ id: "correction-1", ...correction });
  await other.report({ id: "correction-2", ...correction });
}

const folder = await Deno.makeTempDir();
try {
  await Deno.mkdir(FOLDER, { recursive: true });
  await play(folder);
} finally {
  await Deno.remove(folder, { recursive: true });
}
