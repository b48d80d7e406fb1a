import type { AudioFormat, EncodedFrame } from "../../../shared/media/channel.ts";
import { createAudioStreamWriter } from "../audio_stream.ts";
import type { RecordingFile } from "./recording_file.ts";
import { settledWithin } from "../../../shared/system/settled_within.ts";

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

/** Without any progress for so long nobody takes what is left. */
const CLOSING_MILLIS = 2000;

/** Starts a recording: MP3, or Ogg Opus. The file is the recorder's from now on. */
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
  #hasLeftOut = false;
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
    // A pipe that nobody has opened until now is not waited for.
    if (this.#isOpen || this.#file.kind !== "pipe") await this.#finishWriting();
    this.#isOver = true;
    this.#file.close();
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) {
      if (this.#file.kind !== "pipe") return this.#giveUp("the disk can't keep up");
      this.#leaveOutOldest();
    }
    this.#writing ??= this.#writeAll();
  }

  /** Whoever reads a pipe late gets the header, and what is newest of the sound. */
  #leaveOutOldest(): void {
    const keep = this.#isOpen ? 0 : 1;
    while (this.#queuedBytes > MAX_QUEUED_BYTES && this.#queue.length > keep) {
      this.#queuedBytes -= this.#queue.splice(keep, 1)[0]!.length;
    }
    if (this.#hasLeftOut) return;
    this.#hasLeftOut = true;
    this.#notice("is not read fast enough: some sound is left out of the recording");
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

  /** A slow disk gets all the time it needs, one that takes nothing does not. */
  async #finishWriting(): Promise<void> {
    let before = -1;
    while (this.#writing && before < this.#writtenBytes) {
      before = this.#writtenBytes;
      await settledWithin(this.#writing, CLOSING_MILLIS);
    }
    if (this.#writing) this.#notice("takes nothing any more: the end of the recording is left out");
  }

  #giveUp(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue.length = 0;
    const rest = "the recording ends here, listening goes on";
    this.#notice(`can't be written (${reason}); ${rest}`);
  }

  #notice(text: string): void {
    this.#options.onNotice?.(`--record "${this.#file.path}" ${text}`);
  }
}

function describeProblem(error: unknown): string {
  if (error instanceof Deno.errors.BrokenPipe) return "nobody reads the pipe any more";
  return error instanceof Error ? error.message : String(error);
}
