import type { AudioFormat, EncodedFrame } from "../../../shared/media/channel.ts";
import { createAudioStreamWriter } from "../audio_stream.ts";
import type { RecordingFile } from "./recording_file.ts";
import { settledWithin } from "../../../shared/system/settled_within.ts";

/** Writes frames to a file, exactly as they were sent. */
export interface Recorder {
  /** Never waits and never throws: problems of the disk must not disturb listening. */
  write(frames: readonly EncodedFrame[]): void;
  /** Resolves when everything is written and the file is closed. */
  close(): Promise<void>;
}

export interface RecorderOptions {
  /** Told once when the disk fails or is too slow. */
  readonly onNotice?: (text: string) => void;
}

/** The most that waits for a slow disk: about four minutes of sound at 128 kbit/s. */
const MAX_QUEUED_BYTES = 4 << 20;

/** After this time without progress, writing the rest is given up. */
const CLOSING_MILLIS = 2000;

/** Starts a recording as MP3 or Ogg Opus. The recorder owns the file from now on, and closes it. */
export function openRecorder(
  file: RecordingFile,
  format: AudioFormat,
  options: RecorderOptions = {},
): Recorder {
  return new FileRecorder(file, format, options);
}

class FileRecorder implements Recorder {
  readonly #file: RecordingFile;
  readonly #writer;
  readonly #options: RecorderOptions;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #writtenBytes = 0;
  #isOpen = false;
  #hasDropped = false;
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #isOver = false;

  constructor(file: RecordingFile, format: AudioFormat, options: RecorderOptions) {
    this.#file = file;
    this.#options = options;
    this.#writer = createAudioStreamWriter(format);
    this.#enqueue(this.#writer.header());
  }

  write(frames: readonly EncodedFrame[]): void {
    if (!this.#isOver) this.#enqueue(this.#writer.write(frames));
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    if (!this.#isOver) this.#enqueue(this.#writer.end());
    // There is no waiting for a program that has not opened the pipe by now.
    if (this.#isOpen || this.#file.kind !== "pipe") await this.#finishWriting();
    this.#isOver = true;
    this.#file.close();
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) {
      if (this.#file.kind !== "pipe") return this.#giveUp("the disk can't keep up");
      this.#dropOldest();
    }
    this.#writing ??= this.#writeAll();
  }

  /** A program that opens the pipe late gets the header and the newest sound. */
  #dropOldest(): void {
    const keep = this.#isOpen ? 0 : 1;
    while (this.#queuedBytes > MAX_QUEUED_BYTES && this.#queue.length > keep) {
      this.#queuedBytes -= this.#queue.splice(keep, 1)[0]!.length;
    }
    if (this.#hasDropped) return;
    this.#hasDropped = true;
    this.#notice("is not read fast enough: some sound is missing in the recording");
  }

  async #writeAll(): Promise<void> {
    try {
      const file = await this.#file.opened;
      this.#isOpen = true;
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        await this.#writeWhole(file, next);
        this.#queuedBytes -= next.length;
      }
    } catch (error) {
      this.#giveUp(describeProblem(error));
    }
    this.#writing = undefined;
  }

  async #writeWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      const count = await file.write(rest);
      this.#writtenBytes += count;
      rest = rest.subarray(count);
    }
  }

  /** Waits as long as a slow disk makes progress. */
  async #finishWriting(): Promise<void> {
    let before = -1;
    while (this.#writing && before < this.#writtenBytes) {
      before = this.#writtenBytes;
      await settledWithin(this.#writing, CLOSING_MILLIS);
    }
    if (this.#writing) this.#notice("accepts no more data: the end of the recording is missing");
  }

  #giveUp(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue.length = 0;
    const rest = "the recording ends here, listening continues";
    this.#notice(`can't be written (${reason}); ${rest}`);
  }

  #notice(text: string): void {
    this.#options.onNotice?.(`--record "${this.#file.path}" ${text}`);
  }
}

function describeProblem(error: unknown): string {
  if (error instanceof Deno.errors.BrokenPipe) return "no program reads the pipe any more";
  return error instanceof Error ? error.message : String(error);
}
