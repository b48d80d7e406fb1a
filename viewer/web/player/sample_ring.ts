/** Settings of a {@linkcode SampleRing}, in samples. */
export interface SampleRingOptions {
  readonly channelCount: number;
  readonly sampleRate: number;
}

/** The target at first, in seconds: enough for the jitter of two threads and a socket. */
const FIRST_TARGET = 0.06;
const LARGEST_TARGET = 0.6;
/** Added to the target when the sound ran out, in seconds. */
const TARGET_STEP = 0.04;
/** Further from the target than this, in seconds, the sound is played a little faster or slower. */
const TOLERANCE = 0.05;
/** Further above the target than this, in seconds, the oldest sound is dropped. */
const MOST_ABOVE_TARGET = 0.5;
/** How much faster or slower: half a percent is not audible. */
const HURRY = 0.005;
/** The length of a fade around a gap, in seconds, which avoids a click. */
const FADE = 0.005;
/** How much of the sound before a gap is played backwards and faded out, in seconds. */
const ECHO = 0.02;
/** After this long without a gap, in seconds, a raised target is lowered a little. */
const CLEAN_STRETCH = 15;
const TARGET_RELEASE = 0.01;
const CAPACITY = 2;

/**
 * A small jitter buffer of decoded samples, directly before the loudspeaker. It waits until it holds its
 * target, then plays. When it runs out, it fades to silence and waits again, with a larger target. The
 * clocks of host and sound card differ, so it plays slightly faster or slower to stay near its target.
 * It uses no clock and no audio API.
 */
export class SampleRing {
  /** How often the sound ran out. */
  underruns = 0;
  readonly #rate: number;
  readonly #data: Float32Array[];
  readonly #capacity: number;
  #readAt = 0;
  #writeAt = 0;
  #target: number;
  /** The smallest target. */
  #floor: number;
  #tolerance: number;
  /** Samples played since the last gap, or since the target was lowered. */
  #clean = 0;
  /** Samples still to be faded in after a gap. */
  #fadeIn = 0;
  #isPlaying = false;
  #speed = 1;
  /** The gain of the fade, 0 to 1. */
  #gain = 0;
  /** The last sample of each channel, which is faded out when nothing is left to play. */
  readonly #last: Float32Array;

  constructor({ channelCount, sampleRate }: SampleRingOptions) {
    this.#rate = sampleRate;
    this.#capacity = Math.ceil(CAPACITY * sampleRate);
    this.#data = Array.from({ length: channelCount }, () => new Float32Array(this.#capacity));
    this.#last = new Float32Array(channelCount);
    this.#target = this.#floor = FIRST_TARGET * sampleRate;
    this.#tolerance = TOLERANCE * sampleRate;
  }

  /** The number of waiting samples. */
  get buffered(): number {
    return this.#writeAt - Math.floor(this.#readAt);
  }

  get target(): number {
    return Math.round(this.#target);
  }

  /** Raises the target for sound that arrives in blocks of this many samples. */
  expectLumps(length: number): void {
    this.#tolerance = Math.max(this.#tolerance, length);
    this.#floor = Math.max(this.#floor, Math.min(length * 1.5, LARGEST_TARGET * this.#rate));
    this.#raiseTarget(this.#floor);
  }

  /** Adds sound; a mono source fills every channel. When the ring is full, the oldest is dropped. */
  write(channels: readonly Float32Array[]): void {
    const length = channels[0]?.length ?? 0;
    for (const [index, data] of this.#data.entries()) {
      const source = channels[index] ?? channels[0];
      for (let at = 0; at < length; at++) {
        data[(this.#writeAt + at) % this.#capacity] = source![at]! * this.#fadeAt(at);
      }
    }
    this.#fadeIn = Math.max(this.#fadeIn - length, 0);
    this.#advance(length);
  }

  /**
   * Fills a gap: the last sound is played backwards, so that the wave continues, and fades out; the next
   * sound fades in.
   */
  writeGap(length: number): void {
    const bounded = Math.min(Math.max(Math.round(length), 0), this.#capacity / 2);
    const echo = Math.min(ECHO * this.#rate, bounded);
    for (const data of this.#data) {
      for (let at = 0; at < bounded; at++) {
        const mirrored = data[(this.#writeAt - 1 - at + this.#capacity) % this.#capacity]!;
        data[(this.#writeAt + at) % this.#capacity] = at < echo ? mirrored * (1 - at / echo) : 0;
      }
    }
    if (bounded > 0) this.#fadeIn = Math.round(FADE * this.#rate);
    this.#advance(bounded);
  }

  flush(): void {
    this.#readAt = this.#writeAt;
    this.#isPlaying = false;
  }

  /** Fills `output` (one array for each channel) with the next samples. */
  read(output: readonly Float32Array[]): void {
    const length = output[0]?.length ?? 0;
    if (!this.#isPlaying && this.buffered >= this.#target) this.#isPlaying = true;
    this.#chooseSpeed();
    for (let at = 0; at < length; at++) this.#readOne(output, at);
    if (this.#isPlaying) this.#relax(length);
  }

  #readOne(output: readonly Float32Array[], at: number): void {
    // Interpolation needs the next sample too.
    if (this.#isPlaying && this.#writeAt - this.#readAt < 2) this.#runOut();
    this.#gain = clamp(this.#gain + (this.#isPlaying ? 1 : -1) / (FADE * this.#rate));
    for (const [index, data] of this.#data.entries()) {
      if (this.#isPlaying) this.#last[index] = this.#interpolate(data);
      const channel = output[index];
      if (channel) channel[at] = this.#last[index]! * this.#gain;
    }
    if (this.#isPlaying) this.#readAt += this.#speed;
  }

  #interpolate(data: Float32Array): number {
    const whole = Math.floor(this.#readAt);
    const fraction = this.#readAt - whole;
    const here = data[whole % this.#capacity]!;
    if (fraction === 0) return here;
    return here + (data[(whole + 1) % this.#capacity]! - here) * fraction;
  }

  #runOut(): void {
    this.underruns++;
    this.#clean = 0;
    this.#isPlaying = false;
    this.#raiseTarget(this.#target + TARGET_STEP * this.#rate);
  }

  #raiseTarget(wanted: number): void {
    this.#target = Math.max(this.#target, Math.min(wanted, LARGEST_TARGET * this.#rate));
  }

  /** Lowers a raised target after a long time without a gap. */
  #relax(length: number): void {
    this.#clean += length;
    if (this.#clean < CLEAN_STRETCH * this.#rate) return;
    this.#clean = 0;
    this.#target = Math.max(this.#target - TARGET_RELEASE * this.#rate, this.#floor);
  }

  /** The gain of sample `at` of the sound being added. */
  #fadeAt(at: number): number {
    return at < this.#fadeIn ? 1 - (this.#fadeIn - at) / (FADE * this.#rate) : 1;
  }

  #chooseSpeed(): void {
    const above = this.buffered - this.#target;
    if (above > this.#tolerance) this.#speed = 1 + HURRY;
    else if (above < -this.#tolerance) this.#speed = 1 - HURRY;
    else if (this.#speed > 1 ? above <= 0 : above >= 0) this.#settle();
  }

  /** Plays at normal speed again, from a whole sample on. */
  #settle(): void {
    this.#speed = 1;
    this.#readAt = Math.round(this.#readAt);
  }

  #advance(length: number): void {
    this.#writeAt += length;
    const most = Math.min(this.#target + MOST_ABOVE_TARGET * this.#rate, this.#capacity);
    if (this.buffered <= most) return;
    this.#readAt = this.#writeAt - Math.round(this.#target);
    this.#gain = 0;
  }
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
