import { fileURLToPath } from "node:url";
import { TextLineStream } from "./text_lines.ts";
import type { JoinedReport, Mark } from "./sinks.ts";

const SINKS = fileURLToPath(new URL("./sinks.ts", import.meta.url));

/** sinks.ts, running. */
export class SinksProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  /** @param spread seconds over which they begin to join; 0 for as fast as they can. */
  constructor(link: string, count: number, spread = 0) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", SINKS, link, String(count), String(spread)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
    this.#input = this.#process.stdin.getWriter();
  }

  /** Resolves once all have joined. */
  async joined(): Promise<JoinedReport> {
    return await this.#next() as JoinedReport;
  }

  /** What has come since the last call. */
  async mark(): Promise<Mark> {
    return await this.#ask() as Mark;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#process.status;
    await this.#lines.cancel();
  }

  async #ask(): Promise<unknown> {
    await this.#input.write(Uint8Array.of(10));
    return await this.#next();
  }

  async #next(): Promise<unknown> {
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error("The sinks have ended");
    return JSON.parse(value);
  }
}
