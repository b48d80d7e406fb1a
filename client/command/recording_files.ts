import { waitingText } from "../../shared/core/pipe_waiting.ts";
import { type RecordingFile, takeRecordingFile } from "../playing/io/recording_file.ts";

/**
 * The files of one recording, one after the other. The first is opened at once, so that a mistake shows
 * before the listener joins; the others have numbered names.
 */
export class RecordingFiles {
  /** Told problems in one line, and the name of another file. */
  onNotice: (text: string) => void;
  readonly #flag: string;
  readonly #path: string;
  readonly #kind: RecordingFile["kind"];
  /** Opened, and not used yet. */
  #first: RecordingFile | undefined;

  /** @throws CommandError when no file can be opened, naming it and what to do. */
  constructor(flag: string, path: string, onNotice: (text: string) => void) {
    this.#flag = flag;
    this.#path = path;
    this.onNotice = onNotice;
    const file = this.#first = takeRecordingFile(path, {
      flag,
      onWaiting: () => this.onNotice(waitingText(flag, path, "reads")),
    });
    this.#kind = file.kind;
    if (file.path !== path) {
      this.onNotice(`${flag} ${path} exists and is not overwritten: recording to ${file.path}`);
    }
  }

  /**
   * @param news why the file before ends, for the notice that says what comes next.
   * @returns undefined when the recording can't go on, which has been said.
   */
  next(news: string): RecordingFile | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#openAnother(`${news}: the recording`);
  }

  /** Gives up the first file if nothing began. */
  close(): void {
    this.#first?.close();
    this.#first = undefined;
  }

  #openAnother(news: string): RecordingFile | undefined {
    if (this.#kind !== "file") return void this.onNotice(`${news} ends here`);
    try {
      const file = takeRecordingFile(this.#path, { flag: this.#flag, isTaken: true });
      this.onNotice(`${news} continues in ${file.path}`);
      return file;
    } catch (error) {
      this.onNotice(`${news} ends here. ${(error as Error).message}`);
    }
  }
}
