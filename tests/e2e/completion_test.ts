import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testWith, type ToolName } from "../tools.ts";

/** A person who types in a real shell, in a terminal of 100 columns, and presses Tab. */
class Typist implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync();
  readonly #server = `streamer-test-${crypto.randomUUID()}`;
  /** How many were typed. */
  #lines = 0;

  /** Starts the shell without anybody's settings, and loads the completions as a person would. */
  static async open(shell: Shell): Promise<Typist> {
    const typist = new Typist();
    await typist.#start(shell);
    return typist;
  }

  async #start({ command, load }: Shell): Promise<void> {
    for (const name of ["match one.mp3", "talk.mkv", "notes.txt"]) {
      Deno.writeTextFileSync(`${this.#folder}/${name}`, "");
    }
    Deno.mkdirSync(`${this.#folder}/programs`);
    const script = `#!/bin/sh\nexec ${programLine()} "$@"\n`;
    Deno.writeTextFileSync(`${this.#folder}/programs/streamer`, script, { mode: 0o755 });
    await this.#tmux("new-session", "-d", "-x", "100", "-y", "50", "-c", this.#folder, command);
    await this.#type(`export PATH=${this.#folder}/programs:$PATH PS1='$ '`, "Enter");
    await this.#type(`${load}; echo LOAD"ED"`, "Enter");
    await this.until(/^LOADED/m);
  }

  /** Types a line and presses Tab until the screen shows what is expected; then throws the line away. */
  async completes(line: string, expected: RegExp): Promise<void> {
    await this.#settle();
    await this.#type(line, "Tab");
    await this.until(expected, "Tab");
  }

  /** Throws the line away, and waits until the shell has done what was pressed before: a slow one is behind. */
  async #settle(): Promise<void> {
    const mark = `SETTLED${++this.#lines}`;
    await this.#tmux("send-keys", "C-c");
    await this.#type(`echo "" ${mark}`, "Enter");
    await this.until(new RegExp(`^ ${mark}`, "m"));
    await this.#tmux("send-keys", "C-l");
  }

  /** Looks at the screen until it shows this; presses a key whenever the shell has nothing new to show. */
  async until(expected: RegExp, key?: string): Promise<void> {
    let before = "";
    for (let looks = 0; looks < 900; looks++) {
      const screen = await this.#tmux("capture-pane", "-p");
      if (expected.test(screen)) return;
      if (key !== undefined && looks % 30 === 29 && screen === before) {
        await this.#tmux("send-keys", key);
      }
      before = screen;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.fail(`The screen never showed ${expected}:\n${before}`);
  }

  async #type(text: string, key: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
    await this.#tmux("send-keys", key);
  }

  async #tmux(...args: string[]): Promise<string> {
    const { stdout } = await new Deno.Command("tmux", {
      args: ["-L", this.#server, "-f", "/dev/null", ...args],
      env: { HOME: this.#folder, ZDOTDIR: this.#folder, XDG_CONFIG_HOME: this.#folder },
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  }

  /** A shell that ends may still write there. */
  async #removeFolder(): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      try {
        return await Deno.remove(this.#folder, { recursive: true });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
    await this.#removeFolder();
  }
}

function programLine(): string {
  const binary = Deno.env.get("STREAMER");
  if (binary !== undefined) return `'${Deno.realPathSync(binary)}'`;
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
  return `'${Deno.execPath()}' run -A --quiet --no-check '${main}'`;
}

interface Shell {
  readonly tool: ToolName;
  readonly command: string;
  readonly load: string;
}

const SHELLS: readonly Shell[] = [
  {
    tool: "bash",
    command: "bash --norc --noprofile",
    load: 'eval "$(streamer completion bash)"',
  },
  {
    tool: "zsh",
    command: "zsh -f",
    load: 'autoload -Uz compinit && compinit -D; eval "$(streamer completion zsh)"',
  },
  { tool: "fish", command: "fish --no-config", load: "streamer completion fish | source" },
];

for (const shell of SHELLS) {
  testWith(
    [shell.tool, "tmux"],
    `${shell.tool} completes commands, flags, values and files`,
    async () => {
      await using typist = await Typist.open(shell);
      await typist.completes("streamer dire", /streamer directory/);
      await typist.completes("streamer serve --studio --repo", /--reports/);
      await typist.completes("streamer listen --latency sa", /--latency safe/);
      await typist.completes(
        "streamer serve --audio ma",
        /--audio (?:match\\ one\.mp3|'match one\.mp3')/,
      );
      await typist.completes("streamer serve --audio talk.mkv no", /talk\.mkv notes\.txt/);
    },
  );
}
