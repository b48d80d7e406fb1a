import type { Millis } from "../../../../shared/core/units.ts";
import type { AudioFormat, EncodedFrame } from "../../../../shared/media/channel.ts";
import { silenceLike } from "./silence.ts";

/** Less is left as it is: times in files are rounded, and a listener doesn't notice it. */
const TOLERANCE_MILLIS: Millis = 60;
/** Sound this far behind is no delay: its times went back. */
const MAX_BEHIND_MILLIS: Millis = 10_000;
/** The longest silence made at once; more is made when it is asked for again. */
const MAX_SILENCE_MILLIS: Millis = 2000;

/**
 * Keeps the sound of a file with its pictures. Sound is sent without times, each frame behind the one before,
 * so a hole in it is filled with silence, and what comes too late is left out. All times are since the first
 * picture.
 */
export class SoundAlignment {
  readonly #format: AudioFormat;
  #position: Millis = 0;
  /** What is added to the times of frames, after they went back. */
  #shift: Millis = 0;
  #silence: EncodedFrame | undefined;

  constructor(format: AudioFormat) {
    this.#format = format;
  }

  /** Where the sound so far ends. */
  get position(): Millis {
    return this.#position;
  }

  /** @returns whether the frame is to be sent; false for one whose time is over. */
  place(frame: EncodedFrame, at: Millis): boolean {
    const behind = this.#position - (at + this.#shift);
    if (behind > MAX_BEHIND_MILLIS) this.#shift += behind;
    else if (behind > TOLERANCE_MILLIS) return false;
    this.#silence ??= silenceLike(frame, this.#format);
    this.#advance(frame);
    return true;
  }

  /**
   * @param first a frame like those that follow, needed for the first silence.
   * @returns silence up to this time, or a part of it; none when less than a frame is missing.
   */
  fill(at: Millis, first?: EncodedFrame): EncodedFrame[] {
    if (first) this.#silence ??= silenceLike(first, this.#format);
    const silence = this.#silence;
    const missing = Math.min(at + this.#shift - this.#position, MAX_SILENCE_MILLIS);
    if (silence === undefined || missing <= TOLERANCE_MILLIS) return [];
    const count = Math.round(missing / durationOf(silence));
    const frames = new Array<EncodedFrame>(count).fill(silence);
    for (const frame of frames) this.#advance(frame);
    return frames;
  }

  #advance(frame: EncodedFrame): void {
    this.#position += durationOf(frame);
  }
}

function durationOf({ sampleCount, sampleRate }: EncodedFrame): Millis {
  return sampleCount * 1000 / sampleRate;
}
