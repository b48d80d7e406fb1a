import type { Millis } from "../../../../shared/core/units.ts";

/** What the meter shows. Levels are in dBFS: 0 is the loudest that can be, {@linkcode SILENCE} the least shown. */
export interface Level {
  /** The highest sample; it falls slowly, so that an eye can follow. */
  readonly peak: number;
  /** The highest peak of the last moments. */
  readonly hold: number;
  /** The power of the last 20 ms, which is how loud it sounds. */
  readonly rms: number;
  /** Whether samples were cut off a moment ago: the input is too loud. */
  readonly isClipping: boolean;
  /** Whether it has been silent for long: the wrong input, or one that is muted or too low. */
  readonly isSilent: boolean;
}

export interface MeterOptions {
  /** What is not louder than this is silence, in dBFS. */
  readonly silenceBelow: number;
  readonly silenceAfter: Millis;
}

export const SILENCE = -90;
const DEFAULTS: MeterOptions = { silenceBelow: -60, silenceAfter: 10_000 };
const HOLD_MILLIS: Millis = 1500;
const CLIPPING_MILLIS: Millis = 2000;
const FALL_PER_MILLI = 0.024;
/** So many samples in a row at the end of the scale are no coincidence. */
const CLIPPED_SAMPLES = 3;
const FULL_SCALE = 0.999;

/** Measures blocks of sound: peak as broadcasters' meters show it, peak hold, clipping, silence. */
export class LevelMeter {
  readonly #options: MeterOptions;
  #peak = SILENCE;
  #hold = SILENCE;
  #rms = SILENCE;
  #holdAt: Millis = -Infinity;
  #clippedAt: Millis = -Infinity;
  /** When it was last not silent. */
  #heardAt: Millis | undefined;
  #now: Millis = 0;

  constructor(options: Partial<MeterOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  get level(): Level {
    return {
      peak: this.#peak,
      hold: this.#hold,
      rms: this.#rms,
      isClipping: this.#now - this.#clippedAt < CLIPPING_MILLIS,
      isSilent: this.#now - (this.#heardAt ?? this.#now) >= this.#options.silenceAfter,
    };
  }

  /** @param channels samples from -1 to 1. */
  push(channels: readonly Float32Array[], now: Millis): void {
    const elapsed = Math.max(0, now - this.#now);
    this.#now = now;
    this.#heardAt ??= now;
    const { peak, rms, isClipped } = measure(channels);
    this.#rms = rms;
    this.#peak = Math.max(peak, this.#peak - elapsed * FALL_PER_MILLI);
    if (isClipped) this.#clippedAt = now;
    if (rms > this.#options.silenceBelow) this.#heardAt = now;
    if (peak >= this.#hold || now - this.#holdAt >= HOLD_MILLIS) {
      this.#hold = this.#peak;
      this.#holdAt = now;
    }
  }
}

interface Measured {
  readonly peak: number;
  readonly rms: number;
  readonly isClipped: boolean;
}

function measure(channels: readonly Float32Array[]): Measured {
  let peak = 0;
  let squares = 0;
  let isClipped = false;
  for (const samples of channels) {
    let inARow = 0;
    for (const sample of samples) {
      const size = Math.abs(sample);
      peak = Math.max(peak, size);
      squares += sample * sample;
      inARow = size >= FULL_SCALE ? inARow + 1 : 0;
      isClipped ||= inARow >= CLIPPED_SAMPLES;
    }
  }
  const count = channels.reduce((sum, { length }) => sum + length, 0);
  return {
    peak: toDecibels(peak),
    rms: toDecibels(Math.sqrt(squares / Math.max(count, 1))),
    isClipped,
  };
}

function toDecibels(amplitude: number): number {
  return amplitude > 0 ? Math.max(SILENCE, 20 * Math.log10(amplitude)) : SILENCE;
}
