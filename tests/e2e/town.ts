import assert from "node:assert/strict";
import { TemporaryFolder } from "./fixtures.ts";
import { type JsonLine, listen, serve, type StartOptions, Streamer } from "./streamer.ts";

/** A directory with the identities and files of its people, all in a folder of their own. */
export class Town implements AsyncDisposable {
  readonly #folder = new TemporaryFolder();
  readonly #programs: Streamer[] = [];
  url = "";

  file(name: string): string {
    return this.#folder.file(name);
  }

  who(name: string): string[] {
    return ["--identity", this.file(`${name}.json`), "--name", name];
  }

  async directory(): Promise<Streamer> {
    const place = this.url === "" ? "127.0.0.1:0" : new URL(this.url).host;
    const flags = ["--http", place, "--db", this.file("directory.db"), "--json"];
    const directory = this.#keep(new Streamer(["directory", ...flags]));
    this.url = (await directory.line("ready")).url;
    return directory;
  }

  async serve(...flags: string[]) {
    const where = ["--directory", this.url, ...this.who("Ann")];
    const started = await serve([...where, "--match", "Flamengo x Santos", ...flags]);
    this.#keep(started.host);
    const ready = await started.host.line("ready");
    return { ...started, id: ready.id as string };
  }

  listen(name: string, ...flags: string[]): Streamer {
    return this.#keep(listen([...this.who(name), ...flags]));
  }

  /** A listener who finds the broadcast by these words; a reporter's standard input takes reports. */
  search(name: string, text: string, options: { readonly isReporter?: boolean } = {}): Streamer {
    const found = ["--search", text, "--directory", this.url, ...this.who(name)];
    const reports = options.isReporter ? ["--report", "-"] : [];
    const stdin: StartOptions = options.isReporter ? { stdin: "open" } : {};
    return this.#keep(listen([...found, ...reports], stdin));
  }

  async find(...flags: string[]): Promise<readonly JsonLine[]> {
    const finder = this.#keep(new Streamer(["find", ...flags, "--directory", this.url, "--json"]));
    await finder.end(0);
    return finder.lines;
  }

  /** What one command says on stderr as it fails with this code. */
  async fails(code: number, ...args: string[]): Promise<string> {
    const program = this.#keep(new Streamer(args));
    await program.end(code);
    assert.equal(program.stderr.trim().split("\n").length, 1, program.stderr);
    return program.stderr;
  }

  #keep(program: Streamer): Streamer {
    this.#programs.push(program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
