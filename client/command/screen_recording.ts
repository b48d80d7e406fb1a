import type { Millis } from "../../shared/core/units.ts";
import type { ScreenCodec } from "../../shared/media/channel.ts";
import type { ScreenFrame } from "../../shared/media/video/screen_frame.ts";
import { openScreenRecorder, type Recorder } from "../playing/io/recorder.ts";
import { canHold, type Container, containerOf, endingsFor } from "../playing/screen/containers.ts";
import { RecordingTimes } from "../playing/screen/recording_times.ts";
import {
  FormatReader,
  isSameFormat,
  type RecordedFormat,
  SCREEN_CODEC_WORDS,
} from "../playing/screen/screen_format.ts";
import type { RecordedFrame } from "../playing/screen/screen_stream.ts";
import { RecordingFiles } from "./recording_files.ts";
import type { RecordingHooks } from "./recording.ts";

const FLAG = "--record-screen";

/**
 * The recording of `--record-screen`: the frames that are shown, exactly as they were sent, from the first key
 * frame on. It opens its file before the listener joins. A file holds one codec and one size: when either
 * changes, the recording continues in another file.
 */
export class ScreenRecording {
  readonly #path: string;
  readonly #container: Container;
  readonly #files: RecordingFiles;
  readonly #onBegin: RecordingHooks["onBegin"];
  readonly #formats = new FormatReader();
  #format: RecordedFormat | undefined;
  #times = new RecordingTimes();
  #recorder: Recorder<RecordedFrame> | undefined;
  /** Earlier files that are still being written. */
  readonly #ending: Promise<void>[] = [];
  /** The codec that the file can't hold, once that has been said. */
  #refused: ScreenCodec | undefined;

  /**
   * @param path ends like a container.
   * @throws CommandError when no file can be opened, naming it and what to do.
   */
  constructor(path: string, hooks: RecordingHooks) {
    this.#path = path;
    this.#container = containerOf(path)!;
    this.#files = new RecordingFiles(FLAG, path, hooks.onNotice);
    this.#onBegin = hooks.onBegin;
  }

  /** Told problems in one line, such as a full disk, and the name of another file. */
  set onNotice(onNotice: (text: string) => void) {
    this.#files.onNotice = onNotice;
  }

  /** A screen begins: says at once when the file can't hold its codec. */
  announce(codec: ScreenCodec): void {
    if (this.#refused === codec || canHold(this.#container, codec)) return;
    this.#refused = codec;
    const endings = endingsFor(codec).join(", ");
    this.#files.onNotice(
      `${FLAG} ${this.#path} can't hold ${SCREEN_CODEC_WORDS[codec]}, so it is not recorded: ` +
        `use a file that ends in ${endings}`,
    );
  }

  /** The frames that follow are of another broadcast, whose times begin anew. */
  beginAnew(): void {
    this.#times.beginAnew();
  }

  /** @param at when the frame is shown, by the listener's own clock. Never throws. */
  write(frame: ScreenFrame, at: Millis): void {
    const format = this.#formats.read(frame);
    if (format) this.#onFormat(format);
    if (this.#recorder === undefined || frame.codec !== this.#format?.codec) return;
    this.#recorder.write({ frame, time: this.#times.timeOf(frame, at) });
  }

  /** Resolves when everything is written. Can be called again. */
  async close(): Promise<void> {
    this.#files.close();
    await Promise.all([...this.#ending, this.#recorder?.close()]);
  }

  #onFormat(format: RecordedFormat): void {
    if (this.#format && isSameFormat(this.#format, format)) return;
    this.announce(format.codec);
    this.#format = format;
    this.#endFile();
    if (canHold(this.#container, format.codec)) this.#beginFile(format);
  }

  #endFile(): void {
    if (this.#recorder) this.#ending.push(this.#recorder.close());
    this.#recorder = undefined;
  }

  #beginFile(format: RecordedFormat): void {
    const file = this.#files.next("The screen has another size or codec now");
    if (file === undefined) return;
    const onNotice = (text: string) => this.#files.onNotice(text);
    this.#times = new RecordingTimes();
    this.#recorder = openScreenRecorder(file, this.#container, format, { onNotice });
    this.#onBegin?.(file.path);
  }
}
