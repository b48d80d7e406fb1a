import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { createAudioStreamWriter } from "../audio_stream.ts";

/** Writes sound to a file as it comes, the frames as they were sent. */
export interface Recorder {
  /** Never waits and never throws: the disk's troubles don't disturb listening. */
  write(frames: readonly EncodedFrame[]): void;
  /** Resolves once everything is on its way to the disk and the file is closed. */
  close(): Promise<void>;
}

export interface RecorderOptions {
  /** Told once, when the disk fails or can't keep up. */
  readonly onNotice?: (text: string) => void;
}

/** What may wait for a slow disk: about four minutes of sound at 128 kbit/s. */
const MAX_QUEUED_BYTES = 4 << 20;

/**
 * Starts a recording: MP3, or Ogg Opus. A file that is there already is replaced.
 *
 * @throws CommandError when the file can't be written, naming it and what to do.
 */
export function openRecorder(
  path: string,
  format: AudioFormat,
  options: RecorderOptions = {},
): Recorder {
  return new FileRecorder(openFile(path), path, format, options);
}

function openFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, create: true, truncate: true });
  } catch (error) {
    throw new CommandError(ExitCode.failure, `--record "${path}" ${describeProblem(error)}`);
  }
}

function describeProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "has no folder to go to; create it first";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "may not be written by this user; choose another place";
  }
  if (error instanceof Deno.errors.IsADirectory) return "is a folder; name a file in it";
  const reason = error instanceof Error ? error.message : String(error);
  return `can't be written (${reason}); choose another place`;
}

class FileRecorder implements Recorder {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #writer;
  readonly #options: RecorderOptions;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
  #isOver = false;

  constructor(file: Deno.FsFile, path: string, format: AudioFormat, options: RecorderOptions) {
    this.#file = file;
    this.#path = path;
    this.#options = options;
    this.#writer = createAudioStreamWriter(format);
    this.#enqueue(this.#writer.header());
  }

  write(frames: readonly EncodedFrame[]): void {
    if (!this.#isOver) this.#enqueue(this.#writer.write(frames));
  }

  async close(): Promise<void> {
    if (!this.#isOver) this.#enqueue(this.#writer.end());
    await this.#writing;
    this.#isOver = true;
    try {
      this.#file.close();
    } catch (error) {
      // Closing twice does no harm; anything else would be ours.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  #enqueue(bytes: Uint8Array): void {
    if (this.#queuedBytes + bytes.length > MAX_QUEUED_BYTES) {
      return this.#giveUp("the disk can't keep up");
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        await writeWhole(this.#file, next);
        this.#queuedBytes -= next.length;
      }
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : String(error));
    }
    this.#writing = undefined;
  }

  #giveUp(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue.length = 0;
    const rest = "the recording ends here, listening goes on";
    this.#options.onNotice?.(`--record "${this.#path}" can't be written (${reason}); ${rest}`);
  }
}

async function writeWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}
