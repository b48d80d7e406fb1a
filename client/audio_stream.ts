import type { AudioFormat, EncodedFrame } from "../shared/media/channel.ts";

/** Turns frames into bytes that any player opens: MP3 as it is, Opus in Ogg pages. */
export interface AudioStreamWriter {
  /** What the bytes are: `audio/mpeg` or `audio/ogg`. */
  readonly mimeType: string;
  /** What must come first; empty for MP3. */
  header(): Uint8Array<ArrayBuffer>;
  /** The frames as bytes, all of them: nothing is held back. */
  write(frames: readonly EncodedFrame[]): Uint8Array<ArrayBuffer>;
  /** What must come last; empty for MP3. */
  end(): Uint8Array<ArrayBuffer>;
}

export function createAudioStreamWriter(_format: AudioFormat): AudioStreamWriter {
  throw new Error("Not yet");
}
