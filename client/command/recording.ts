import { waitingText } from "../../shared/core/pipe_waiting.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { openRecorder, type Recorder } from "../playing/io/recorder.ts";
import { type RecordingFile, takeRecordingFile } from "../playing/io/recording_file.ts";

export interface RecordingHooks {
  readonly onNotice: (text: string) => void;
  /** Told the path of each file as the sound in it begins. */
  readonly onBegin?: (path: string) => void;
}

/**
 * The recording of `--record`. It opens its file before the listener joins, so that a mistake shows at
 * once. A file holds one format: when the format changes, the recording continues in another file.
 */
export class Recording {
  /** Told problems in one line, such as a full disk, and the name of another file. */
  onNotice: (text: string) => void;
  readonly #path: string;
  readonly #onBegin: RecordingHooks["onBegin"];
  readonly #kind: RecordingFile["kind"];
  /** Opened, and empty until sound begins. */
  #file: RecordingFile | undefined;
  #recorder: Recorder | undefined;
  /** Earlier files that are still being written. */
  readonly #ending: Promise<void>[] = [];

  /** @throws CommandError when no file can be opened, naming it and what to do. */
  constructor(path: string, hooks: RecordingHooks) {
    this.#path = path;
    this.#onBegin = hooks.onBegin;
    this.onNotice = hooks.onNotice;
    const file = this.#file = takeRecordingFile(path, {
      onWaiting: () => this.onNotice(waitingText("--record", path, "reads")),
    });
    this.#kind = file.kind;
    if (file.path !== path) {
      this.onNotice(
        `--record ${path} exists and is not overwritten: recording to ${file.path}`,
      );
    }
  }

  /** Begins a file for sound of this format, and ends the file before. Never throws. */
  begin(format: AudioFormat): void {
    const file = this.#file ?? this.#openNextFile();
    this.#file = undefined;
    if (file === undefined) return;
    this.#recorder = openRecorder(file, format, { onNotice: (text) => this.onNotice(text) });
    this.#onBegin?.(file.path);
  }

  write(frames: readonly EncodedFrame[]): void {
    this.#recorder?.write(frames);
  }

  /** Resolves when everything is written. Can be called again. */
  async close(): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
    await Promise.all([...this.#ending, this.#recorder?.close()]);
  }

  #openNextFile(): RecordingFile | undefined {
    const ended = this.#recorder;
    this.#recorder = undefined;
    if (ended) this.#ending.push(ended.close());
    const news = "The sound has another format now: the recording";
    if (this.#kind !== "file") return void this.onNotice(`${news} ends here`);
    try {
      const file = takeRecordingFile(this.#path, { isTaken: true });
      this.onNotice(`${news} continues in ${file.path}`);
      return file;
    } catch (error) {
      this.onNotice(`${news} ends here. ${(error as Error).message}`);
    }
  }
}
