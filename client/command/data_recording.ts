import { plural } from "../../shared/text/plural.ts";
import { type DataHead, type DataMessage, openImage } from "../../shared/data/data_message.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import { type DataLine, dataLine, pictureFileOf } from "../playing/data/data_line.ts";
import { type DataRecorder, openDataRecorder } from "../playing/io/recorder.ts";
import { type RecordingFolder, takeRecordingFolder } from "../playing/io/recording_folder.ts";
import type { RecordingHooks } from "./recording.ts";

const FLAG = "--record-data";

/**
 * The recording of `--record-data`: a line for each message that is shown, and its picture in a file. It opens its
 * folder before the listener joins. A folder has one series of counts: when the host begins another one, the
 * recording continues in a numbered folder.
 */
export class DataRecording {
  /** Told problems in one line, such as a full disk, and the name of another folder. */
  onNotice: (text: string) => void;
  readonly #path: string;
  readonly #onBegin: RecordingHooks["onBegin"];
  /** Opened, and nothing has come for it yet. */
  #folder: RecordingFolder | undefined;
  #recorder: DataRecorder | undefined;
  /** Earlier folders that are still being written. */
  readonly #ending: Promise<void>[] = [];
  /** The last message of this broadcast, and its line. */
  #last: { readonly head: DataHead; readonly line: DataLine } | undefined;
  #leftOut = 0;
  #hasLostPicture = false;
  /** No other folder is opened. */
  #isOver = false;

  /** @throws CommandError when no folder can be opened, naming it and what to do. */
  constructor(path: string, { onNotice, onBegin }: RecordingHooks) {
    this.#path = path;
    this.onNotice = onNotice;
    this.#onBegin = onBegin;
    this.#folder = takeRecordingFolder(path);
    if (this.#folder.path === path) return;
    onNotice(
      `${FLAG} ${path} has a recording, which is not overwritten: recording to ${this.#folder.path}`,
    );
  }

  /** The messages that follow are of another broadcast, whose counts begin anew. */
  beginAnew(): void {
    this.#last = undefined;
    this.#endFolder();
  }

  /** @returns the line of the message, with the name of its picture if that is recorded. Never throws. */
  write(message: DataMessage): DataLine {
    const { head } = message;
    const last = this.#last;
    // A listener that has joined again may get the last message again.
    if (last?.head.count === head.count && last.head.time === head.time) return last.line;
    if (last && head.count <= last.head.count) this.beginAnew();
    const line = this.#record(message);
    this.#last = { head, line };
    return line;
  }

  /** Resolves when everything is written. Can be called again. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#folder?.close();
    this.#folder = undefined;
    this.#endFolder();
    await Promise.all(this.#ending);
  }

  #record(message: DataMessage): DataLine {
    const { head } = message;
    const recorder = this.#recorder ??= this.#beginFolder();
    if (!recorder || recorder.isOver) return dataLine(head);
    const picture = this.#pictureOf(message);
    const line = dataLine(head, picture?.name);
    const bytes = new TextEncoder().encode(formatJsonLine(line));
    if (recorder.write({ line: bytes, ...(picture && { picture }) })) return line;
    this.#leaveOut();
    return dataLine(head);
  }

  #pictureOf(message: DataMessage): { name: string; bytes: Uint8Array } | undefined {
    const name = pictureFileOf(message.head);
    if (name === undefined) return undefined;
    const bytes = openImage(message);
    if (bytes.ok && bytes.value) return { name, bytes: bytes.value };
    if (!this.#hasLostPicture) {
      this.onNotice(
        `The picture of message ${message.head.count} can't be inflated, so it is not recorded`,
      );
    }
    this.#hasLostPicture = true;
  }

  #leaveOut(): void {
    this.#leftOut++;
    if (this.#leftOut > 1) return;
    this.onNotice(
      `${FLAG} ${this.#path}: the disk can't keep up, so some messages are not recorded`,
    );
  }

  #beginFolder(): DataRecorder | undefined {
    const folder = this.#folder ?? this.#openAnother();
    this.#folder = undefined;
    if (folder === undefined) return undefined;
    this.#onBegin?.(folder.lines.path);
    return openDataRecorder(folder, { onNotice: (text) => this.onNotice(text) });
  }

  #openAnother(): RecordingFolder | undefined {
    if (this.#ending.length === 0 || this.#isOver) return undefined;
    const news = "The host counts its live data anew: the recording";
    try {
      const folder = takeRecordingFolder(this.#path, { isTaken: true });
      this.onNotice(`${news} continues in ${folder.path}`);
      return folder;
    } catch (error) {
      this.#isOver = true;
      this.onNotice(`${news} ends here. ${(error as Error).message}`);
    }
  }

  /** The next message begins another folder. */
  #endFolder(): void {
    if (this.#recorder) this.#ending.push(this.#recorder.close());
    this.#recorder = undefined;
    if (this.#leftOut > 0) {
      this.onNotice(
        `${FLAG} ${this.#path}: ${plural(this.#leftOut, "message")} ${
          this.#leftOut === 1 ? "is" : "are"
        } not recorded`,
      );
    }
    this.#leftOut = 0;
  }
}
