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
 * What `--record` asks for. Its place is taken before anybody is asked for sound, so that a mistake
 * shows at once. One file holds one format: another kind of sound goes on in another file.
 */
export class Recording {
  /** Told in one line what is odd: where the recording goes instead, a disk that is full. */
  onNotice: (text: string) => void;
  readonly #path: string;
  readonly #onBegin: RecordingHooks["onBegin"];
  readonly #kind: RecordingFile["kind"];
  /** Taken, and nothing in it yet. */
  #file: RecordingFile | undefined;
  #recorder: Recorder | undefined;
  /** Earlier ones, whose ends are still being written. */
  readonly #ending: Promise<void>[] = [];

  /** @throws CommandError when no place can be had, naming it and what to do. */
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
        `--record ${path} is there already and stays as it is: recording to ${file.path}`,
      );
    }
  }

  /** Begins a file for this kind of sound, ending the one before. Never throws. */
  begin(format: AudioFormat): void {
    const file = this.#file ?? this.#goOnElsewhere();
    this.#file = undefined;
    if (file === undefined) return;
    this.#recorder = openRecorder(file, format, { onNotice: (text) => this.onNotice(text) });
    this.#onBegin?.(file.path);
  }

  write(frames: readonly EncodedFrame[]): void {
    this.#recorder?.write(frames);
  }

  /** Resolves once all is on its way to the disk; harmless when it is called again. */
  async close(): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
    await Promise.all([...this.#ending, this.#recorder?.close()]);
  }

  #goOnElsewhere(): RecordingFile | undefined {
    const ended = this.#recorder;
    this.#recorder = undefined;
    if (ended) this.#ending.push(ended.close());
    const news = "The host sends another kind of sound now: the recording";
    if (this.#kind !== "file") return void this.onNotice(`${news} ends here`);
    try {
      const file = takeRecordingFile(this.#path, { isTaken: true });
      this.onNotice(`${news} goes on in ${file.path}`);
      return file;
    } catch (error) {
      this.onNotice(`${news} ends here. ${(error as Error).message}`);
    }
  }
}
