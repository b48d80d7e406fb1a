import type { AudioFormat, EncodedFrame } from "../../../shared/media/channel.ts";
import { createAudioStreamWriter } from "../audio_stream.ts";
import { type Container, createScreenStreamWriter } from "../screen/containers.ts";
import type { RecordedFormat } from "../screen/screen_format.ts";
import type { RecordedFrame } from "../screen/screen_stream.ts";
import { QueuedRecorder } from "./queued_recorder.ts";
import type { RecordingFile } from "./recording_file.ts";

/** Writes frames to a file, exactly as they were sent. */
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

function bytesOf(frame: RecordedFrame["frame"]): number {
  if (frame.codec === "vp8") return frame.bytes.length;
  return frame.nalUnits.reduce((sum, unit) => sum + unit.length, 0);
}
