import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import type { ByteSource } from "../../io/bytes/location.ts";
import { startProgram } from "../../../../shared/system/start_program.ts";
import { encoderOf, installAdvice } from "../desktop/grabber.ts";

/** A program that does not end when it is asked to is ended after this time. */
const ENDING_MILLIS = 1000;
/** Of what the program says on standard error, the end is kept. */
const MAX_SAID = 2000;
/** Of a line that is shown. */
const MAX_LINE = 200;

/** A running ffmpeg. Its bytes end when it ends. */
export class DesktopChild {
  readonly bytes: ByteSource;
  readonly #child: Deno.ChildProcess;
  #said = "";
  readonly #listening: Promise<void>;

  /** @throws CommandError when the program is not there. */
  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args);
    const { stdout } = this.#child;
    this.#listening = this.#listen();
    this.bytes = {
      isLive: true,
      chunks: () => chunksOf(stdout),
      close: () => this.stop(),
    };
  }

  /** Ends the program and waits for it. */
  async stop(): Promise<void> {
    this.#kill("SIGTERM");
    const timer = setTimeout(() => this.#kill("SIGKILL"), ENDING_MILLIS);
    await this.#child.status;
    clearTimeout(timer);
  }

  /** Why it has ended: the last line that it said, or its exit status. */
  async lastWords(): Promise<string> {
    const { code, signal } = await this.#child.status;
    await this.#listening;
    const line = this.#said.split(/[\r\n]+/).findLast((text) => text.trim() !== "");
    const shown = line?.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim().slice(0, MAX_LINE);
    return shown ?? (signal === null ? `exit status ${code}` : `ended by ${signal}`);
  }

  async #listen(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.#child.stderr) {
        this.#said = (this.#said + decoder.decode(chunk, { stream: true })).slice(-MAX_SAID);
      }
    } catch {
      // What was said so far has to do.
    }
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already.
    }
  }
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* stream;
}

/** What this ffmpeg encodes with. @throws CommandError when there is no ffmpeg, or none that can encode. */
export async function findEncoder(program: string): Promise<ScreenCodec> {
  const child = spawn(program, ["-nostdin", "-hide_banner", "-encoders"]);
  const { stdout } = await child.output();
  const codec = encoderOf(new TextDecoder().decode(stdout));
  if (codec !== undefined) return codec;
  const problem = "needs an ffmpeg with libx264 or libvpx, and this one has neither; ";
  throw new CommandError(
    ExitCode.failure,
    `--screen desktop ${problem}${installAdvice(Deno.build.os)}`,
  );
}

function spawn(program: string, args: readonly string[]): Deno.ChildProcess {
  try {
    const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    return startProgram(program, args, streams);
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    const problem = error instanceof Deno.errors.NotFound
      ? "needs ffmpeg, which is not installed here"
      : `can't start ffmpeg (${message})`;
    throw new CommandError(
      ExitCode.failure,
      `--screen desktop ${problem}; ${installAdvice(Deno.build.os)}`,
    );
  }
}
