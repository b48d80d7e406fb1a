import type { Micros } from "../../../../shared/core/units.ts";
import { Resampler } from "./resampler.ts";

/** Samples from -1 to 1, one array for each channel, all of one length. */
export interface SoundBlock {
  readonly channels: readonly Float32Array[];
  /** When the first sample was captured, by the page's clock. */
  readonly at: Micros;
}

export interface CutterOptions {
  /** Of the blocks that come in. */
  readonly inputRate: number;
  /** Of the blocks that go out. */
  readonly outputRate: number;
  readonly channelCount: 1 | 2;
  /** Of a block that goes out, in samples. */
  readonly length: number;
}

/** Cuts sound of any length into blocks of one length, each of which becomes one packet. */
export class BlockCutter {
  readonly #options: CutterOptions;
  readonly #resamplers: readonly Resampler[];
  #waiting: readonly Float32Array[];

  constructor(options: CutterOptions) {
    const { inputRate, outputRate, channelCount } = options;
    this.#options = options;
    this.#waiting = Array.from({ length: channelCount }, () => new Float32Array());
    this.#resamplers = inputRate === outputRate
      ? []
      : this.#waiting.map(() => new Resampler(inputRate, outputRate));
  }

  push({ channels, at }: SoundBlock): SoundBlock[] {
    const { outputRate, channelCount, length } = this.#options;
    const begins = at - this.#waiting[0]!.length / outputRate * 1_000_000;
    const added = mix(channels, channelCount).map((samples, index) =>
      this.#resamplers[index]?.push(samples) ?? samples
    );
    const all = added.map((samples, index) => joined(this.#waiting[index]!, samples));
    const count = Math.floor(all[0]!.length / length);
    this.#waiting = all.map((samples) => samples.slice(count * length));
    return Array.from({ length: count }, (_, index) => ({
      channels: all.map((samples) => samples.slice(index * length, (index + 1) * length)),
      at: Math.round(begins + index * length / outputRate * 1_000_000),
    }));
  }
}

/** As many channels as wanted: one is heard on both sides, two become their mean, more are left out. */
function mix(channels: readonly Float32Array[], channelCount: 1 | 2): readonly Float32Array[] {
  const [left, right = left] = channels as readonly [Float32Array, Float32Array?];
  if (channelCount === 2) return [left, right!];
  if (left === right) return [left];
  return [left.map((sample, index) => (sample + right![index]!) / 2)];
}

function joined(one: Float32Array, other: Float32Array): Float32Array<ArrayBuffer> {
  const both = new Float32Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
