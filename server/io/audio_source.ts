import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";

/** Sound to be sent, opened and understood. */
export interface AudioSource {
  readonly format: AudioFormat;
  /** Whether it comes in its own time (an Internet radio) rather than as fast as it is read. */
  readonly isLive: boolean;
  /** Told in one line what is odd and goes on: a truncated file, a lost connection. */
  onNotice?: (text: string) => void;
  /** The frames in order, read as they are pulled; call it once. Ends when `signal` aborts. */
  frames(): AsyncIterable<EncodedFrame>;
}

export interface AudioSourceOptions {
  /** Starts over after the last one, for ever. */
  readonly loop: boolean;
  readonly signal: AbortSignal;
}

/**
 * Opens MP3 and Ogg Opus sound: files, `-` for standard input, http(s) addresses; several are
 * played one after the other without a gap.
 *
 * @throws CommandError that names the file and what to do.
 */
export function openAudioSource(
  _locations: readonly string[],
  _options: AudioSourceOptions,
): Promise<AudioSource> {
  return Promise.reject(new Error("Not yet"));
}
