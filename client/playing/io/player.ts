/*
 * Players and recordings: where the sound of a listener leaves the program.
 *
 * In: bytes of MP3 or Ogg Opus from ../audio_stream.ts. Out: the standard input of an installed player, and
 * files.
 *
 * This file starts the first player that is installed and feeds it; what a slow player can't take is
 * dropped. recorder.ts writes a recording, and recording_file.ts opens its file without overwriting one.
 * Read next: recorder.ts.
 */

import type { AudioFormat } from "../../../shared/media/channel.ts";
import { startProgram } from "../../../shared/system/start_program.ts";

/** A program that plays the sound on its standard input. */
export interface PlayerCommand {
  readonly name: string;
  readonly args: readonly string[];
}

/** A running program that plays what `createAudioStreamWriter` writes. */
export interface Player {
  readonly name: string;
  /** Bytes dropped because the player did not read them in time, or has ended. */
  readonly droppedBytes: number;
  /** Never waits and never throws. */
  write(bytes: Uint8Array): void;
  /** Ends its input. Resolves when the player has ended, which is forced after two seconds. */
  close(): Promise<void>;
}

/** The most that waits for the player: 4 s at 128 kbit/s. The pipe of the system holds as much again. */
const MAX_QUEUED_BYTES = 65_536;
const CLOSING_MILLIS = 2000;

/**
 * Starts the first player that is installed; undefined when there is none.
 *
 * @param commands the players to try, in order.
 * @param onNotice called once when the player ends early, and once when it is too slow.
 */
export function openPlayer(
  commands: readonly PlayerCommand[],
  onNotice: (text: string) => void,
): Promise<Player | undefined> {
  for (const command of commands) {
    const child = start(command);
    if (child !== undefined) {
      return Promise.resolve(new ChildPlayer(command.name, child, onNotice));
    }
  }
  return Promise.resolve(undefined);
}

function start({ name, args }: PlayerCommand): Deno.ChildProcess | undefined {
  try {
    const streams = { stdin: "piped", stdout: "null", stderr: "null" } as const;
    return startProgram(name, args, streams);
  } catch {
    // It is not installed or may not be run; the caller tries the next one.
    return undefined;
  }
}

class ChildPlayer implements Player {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #onNotice: (text: string) => void;
  #queuedBytes = 0;
  #droppedBytes = 0;
  #isGone = false;
  #isClosing = false;

  constructor(name: string, child: Deno.ChildProcess, onNotice: (text: string) => void) {
    this.name = name;
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#onNotice = onNotice;
    this.#input.closed.catch(() => {});
    void this.#watch();
  }

  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#isGone || this.#isClosing) {
      this.#droppedBytes += bytes.length;
      return;
    }
    if (this.#queuedBytes + bytes.length > MAX_QUEUED_BYTES) return this.#drop(bytes.length);
    this.#queuedBytes += bytes.length;
    const done = () => void (this.#queuedBytes -= bytes.length);
    // When the pipe breaks, the player has ended, which #watch tells.
    this.#input.write(bytes).then(done, done);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const timer = setTimeout(() => this.#kill(), CLOSING_MILLIS);
    this.#input.close().catch(() => {});
    await this.#child.status;
    clearTimeout(timer);
  }

  #drop(byteLength: number): void {
    if (this.#droppedBytes === 0) {
      this.#onNotice(`${this.name} can't keep up: some sound is dropped`);
    }
    this.#droppedBytes += byteLength;
  }

  async #watch(): Promise<void> {
    const { code, signal } = await this.#child.status;
    this.#isGone = true;
    // Ctrl-C in a terminal also ends the player, which is no problem to report.
    if (this.#isClosing || signal === "SIGINT") return;
    const how = signal === null ? `exit status ${code}` : signal;
    this.#onNotice(`${this.name} has ended (${how}): the sound stops, listening continues`);
  }

  #kill(): void {
    try {
      this.#child.kill();
    } catch {
      // It has ended already.
    }
  }
}

const GSTREAMER_OUTPUT = ["!", "audioconvert", "!", "audioresample", "!", "autoaudiosink"];

/**
 * The players to look for, the best first. Each opens no window, prints nothing and buffers as little as
 * it can.
 *
 * gst-play-1.0 comes last since it fills a buffer first, unlike gst-launch-1.0. afplay of macOS is left
 * out, since it only opens files in which it can seek.
 */
export function playerCommands({ codec }: Pick<AudioFormat, "codec">): PlayerCommand[] {
  const container = codec === "mp3" ? "mp3" : "ogg";
  const commands: (PlayerCommand | undefined)[] = [
    { name: "ffplay", args: ffplayArguments(container) },
    { name: "mpv", args: mpvArguments(container) },
    codec === "mp3" ? { name: "mpg123", args: ["--quiet", "--no-control", "-"] } : undefined,
    {
      name: "gst-launch-1.0",
      args: ["--quiet", "fdsrc", "fd=0", "!", "decodebin", ...GSTREAMER_OUTPUT],
    },
    { name: "gst-play-1.0", args: ["--no-interactive", "--quiet", "fd://0"] },
  ];
  return commands.filter((command) => command !== undefined);
}

function ffplayArguments(container: string): string[] {
  const quiet = ["-nodisp", "-autoexit", "-nostats", "-loglevel", "quiet"];
  // Without these, ffplay reads half a second of 64 kbit/s ahead to find out the format.
  const lowDelay = ["-fflags", "nobuffer", "-flags", "low_delay", "-probesize", "512"];
  return [...quiet, ...lowDelay, "-analyzeduration", "0", "-f", container, "-i", "pipe:0"];
}

function mpvArguments(container: string): string[] {
  const quiet = ["--no-config", "--no-terminal", "--no-video", "--really-quiet"];
  const lowDelay = ["--profile=low-latency", "--cache=no", `--demuxer-lavf-format=${container}`];
  return [...quiet, ...lowDelay, "-"];
}
