import assert from "node:assert/strict";
import { run, TemporaryFolder } from "./fixtures.ts";
import { listen, programCommand, serve, type StartOptions, type Streamer } from "./streamer.ts";

/** A file of tokens, the tokens in files of their own, and everything that any program said. */
export class Club implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly register = this.folder.file("club.json");
  readonly secrets: string[] = [];
  readonly #programs: Streamer[] = [];
  /** Elsewhere a link may lie that a host left which was killed at the same port: with another key. */
  readonly #env = { XDG_RUNTIME_DIR: this.folder.path };

  async token(...args: string[]): Promise<string> {
    return await this.tokenAs({}, ...args);
  }

  /** The same with other rights, or with the file under another name. */
  async tokenAs(
    { through = [], register = this.register }: {
      readonly through?: readonly string[];
      readonly register?: string;
    },
    ...args: string[]
  ): Promise<string> {
    const [command, ...before] = [...through, ...programCommand()];
    return await run(command!, [...before, "token", ...args, "--tokens", register]);
  }

  /** @returns the file that the token is in. */
  async make(name: string, ...args: string[]): Promise<string> {
    const token = (await this.token("make", "--name", name, ...args)).trim();
    this.secrets.push(token, token.split(".")[2]!);
    return await this.keep(name, token);
  }

  async keep(name: string, token: string): Promise<string> {
    const file = this.folder.file(`${name}.token`);
    await Deno.writeTextFile(file, `${token}\n`);
    return file;
  }

  async serve(...args: string[]) {
    return await this.serveAs({}, ...args);
  }

  /** The same with other rights. */
  async serveAs(options: Pick<StartOptions, "through">, ...args: string[]) {
    const log = this.folder.file("host.log");
    const started = await serve(["--tokens", this.register, "--log", log, ...args], {
      env: this.#env,
      ...options,
    });
    this.#programs.push(started.host);
    return started;
  }

  listen(port: number, tokenFile?: string): Streamer {
    const log = this.folder.file(`listener-${this.#programs.length}.log`);
    const shown = tokenFile === undefined ? [] : ["--token-file", tokenFile];
    const listener = listen(["--port", String(port), "--log", log, ...shown], { env: this.#env });
    this.#programs.push(listener);
    return listener;
  }

  /** Whatever was printed or logged so far holds no token. */
  async assertDiscreet(): Promise<void> {
    const said = this.#programs.map(({ stdout, stderr }) => stdout + stderr);
    for await (const { name } of Deno.readDir(this.folder.path)) {
      if (name.includes(".log")) said.push(await Deno.readTextFile(this.folder.file(name)));
    }
    assert(said.some((text) => text.includes("Refused")), "the host's log was looked at");
    for (const secret of this.secrets) {
      assert(!said.some((text) => text.includes(secret)), "a token was told");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}
