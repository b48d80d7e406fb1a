import type { AudioFormat, EncodedFrame } from "../../../shared/media/channel.ts";
import { createAudioStreamWriter } from "../audio_stream.ts";
import { type Container, createScreenStreamWriter } from "../screen/containers.ts";
import type { RecordedFormat } from "../screen/screen_format.ts";
import type { RecordedFrame } from "../screen/screen_stream.ts";
import { QueuedRecorder } from "./queued_recorder.ts";
import type { RecordingFile } from "./recording_file.ts";
import type { RecordingFolder } from "./recording_folder.ts";

/** Writes to a file what a host has sent, exactly as it was sent. */
export interface Recorder<Item = readonly EncodedFrame[]> {
  /** Never waits and never throws: problems of the disk must not disturb listening. */
  write(item: Item): void;
  /** Resolves when everything is written and the file is closed. */
  close(): Promise<void>;
}

export interface RecorderOptions {
  /** Told once when the disk fails or is too slow. */
  readonly onNotice?: (text: string) => void;
}

/** The most that waits for a slow disk: about four minutes of sound at 128 kbit/s. */
const MAX_SOUND_BYTES = 4 << 20;
/** A minute and a half of a screen at 1.5 Mbit/s, and some of the largest frames. */
const MAX_SCREEN_BYTES = 16 << 20;
/** Some of the largest messages, or a quarter of a minute of all that a host may send. */
const MAX_DATA_BYTES = 32 << 20;

/** Starts a recording as MP3 or Ogg Opus. The recorder owns the file from now on, and closes it. */
export function openRecorder(
  file: RecordingFile,
  format: AudioFormat,
  options: RecorderOptions = {},
): Recorder {
  const writer = createAudioStreamWriter(format);
  const bytesAsTheyAre = {
    header: () => writer.header(),
    write: (bytes: Uint8Array) => bytes,
    end: () => writer.end(),
  };
  const queue = new QueuedRecorder(file, bytesAsTheyAre, {
    ...options,
    flag: "--record",
    what: "sound",
    maxQueuedBytes: MAX_SOUND_BYTES,
    sizeOf: (bytes) => bytes.length,
    canBegin: () => true,
  });
  return {
    write: (frames) => queue.push(writer.write(frames)),
    close: () => queue.close(),
  };
}

/**
 * Starts a recording of a screen, whose first frame must be a key frame. The recorder owns the file from now on,
 * and closes it.
 */
export function openScreenRecorder(
  file: RecordingFile,
  container: Container,
  format: RecordedFormat,
  options: RecorderOptions = {},
): Recorder<RecordedFrame> {
  const queue = new QueuedRecorder(file, createScreenStreamWriter(container, format), {
    ...options,
    flag: "--record-screen",
    what: "of the screen",
    maxQueuedBytes: MAX_SCREEN_BYTES,
    sizeOf: ({ frame }) => bytesOf(frame),
    canBegin: ({ frame }) => frame.isKey,
  });
  return { write: (frame) => queue.push(frame), close: () => queue.close() };
}

/** A message of live data on its way to a folder. */
export interface RecordedMessage {
  /** With the end of line. */
  readonly line: Uint8Array;
  /** As the source gave it. */
  readonly picture?: { readonly name: string; readonly bytes: Uint8Array };
}

/** Writes the messages of live data; those that a slow disk has no room for are left out. */
export interface DataRecorder extends Omit<Recorder<RecordedMessage>, "write"> {
  /** Whether nothing more is written: it was closed, or the disk failed. */
  readonly isOver: boolean;
  /** @returns whether it will be written. */
  write(message: RecordedMessage): boolean;
}

/** Starts a recording of live data. The recorder owns the folder from now on, and closes it. */
export function openDataRecorder(
  folder: RecordingFolder,
  options: RecorderOptions = {},
): DataRecorder {
  const nothing = () => new Uint8Array();
  const writer = {
    header: nothing,
    // The picture first: a line names only pictures that are whole.
    async write({ line, picture }: RecordedMessage) {
      if (picture) await folder.writePicture(picture.name, picture.bytes);
      return line;
    },
    end: nothing,
  };
  const queue = new QueuedRecorder<RecordedMessage>(folder.lines, writer, {
    ...options,
    flag: "--record-data",
    what: "live data",
    maxQueuedBytes: MAX_DATA_BYTES,
    leavesOut: true,
    sizeOf: ({ line, picture }) => line.length + (picture?.bytes.length ?? 0),
    canBegin: () => true,
  });
  return {
    get isOver() {
      return queue.isOver;
    },
    write: (message) => queue.push(message),
    close: () => queue.close().then(() => folder.close()),
  };
}

function bytesOf(frame: RecordedFrame["frame"]): number {
  if (frame.codec === "vp8") return frame.bytes.length;
  return frame.nalUnits.reduce((sum, unit) => sum + unit.length, 0);
}
