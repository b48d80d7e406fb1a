import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { openRecorder, type Recorder } from "../playing/io/recorder.ts";
import { RecordingFiles } from "./recording_files.ts";

export interface RecordingHooks {
  readonly onNotice: (text: string) => void;
  /** Told the path of each file as what is recorded in it begins. */
  readonly onBegin?: (path: string) => void;
}

/**
 * The recording of `--record`. It opens its file before the listener joins, so that a mistake shows at
 * once. A file holds one format: when the format changes, the recording continues in another file.
 */
export class Recording {
  readonly #files: RecordingFiles;
  readonly #onBegin: RecordingHooks["onBegin"];
  #recorder: Recorder | undefined;
  /** Earlier files that are still being written. */
  readonly #ending: Promise<void>[] = [];

  /** @throws CommandError when no file can be opened, naming it and what to do. */
  constructor(path: string, hooks: RecordingHooks) {
    this.#files = new RecordingFiles("--record", path, hooks.onNotice);
    this.#onBegin = hooks.onBegin;
  }

  /** Told problems in one line, such as a full disk, and the name of another file. */
  set onNotice(onNotice: (text: string) => void) {
    this.#files.onNotice = onNotice;
  }

  /** Begins a file for sound of this format, and ends the file before. Never throws. */
  begin(format: AudioFormat): void {
    if (this.#recorder) this.#ending.push(this.#recorder.close());
    this.#recorder = undefined;
    const file = this.#files.next("The sound has another format now");
    if (file === undefined) return;
    const onNotice = (text: string) => this.#files.onNotice(text);
    this.#recorder = openRecorder(file, format, { onNotice });
    this.#onBegin?.(file.path);
  }

  write(frames: readonly EncodedFrame[]): void {
    this.#recorder?.write(frames);
  }

  /** Resolves when everything is written. Can be called again. */
  async close(): Promise<void> {
    this.#files.close();
    await Promise.all([...this.#ending, this.#recorder?.close()]);
  }
}
