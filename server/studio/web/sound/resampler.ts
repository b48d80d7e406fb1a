/** Input samples on each side of an output sample that count. */
const REACH = 16;
/** Positions between two input samples for which there are weights. */
const PHASES = 256;

/** Brings one channel of sound to another rate: a windowed sinc, without echoes of tones that the new rate lacks. */
export class Resampler {
  readonly #step: number;
  readonly #weights: Float32Array[];
  /** Input that output still needs, beginning {@linkcode REACH} samples before the next output sample. */
  #input = new Float32Array(REACH - 1);
  /** Where the next output sample lies, in samples of `#input`. */
  #position = REACH - 1;

  constructor(from: number, to: number) {
    this.#step = from / to;
    this.#weights = weightsFor(Math.min(1, to / from));
  }

  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    const input = new Float32Array(this.#input.length + samples.length);
    input.set(this.#input);
    input.set(samples, this.#input.length);
    const output = this.#read(input);
    const first = Math.max(0, Math.floor(this.#position) - REACH + 1);
    this.#input = input.slice(first);
    this.#position -= first;
    return output;
  }

  #read(input: Float32Array): Float32Array<ArrayBuffer> {
    const count = Math.max(0, Math.ceil((input.length - REACH - this.#position) / this.#step));
    const output = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      const before = Math.floor(this.#position);
      const phase = Math.floor((this.#position - before) * PHASES);
      output[index] = weigh(input, before - REACH + 1, this.#weights[phase]!);
      this.#position += this.#step;
    }
    return output;
  }
}

function weigh(input: Float32Array, first: number, weights: Float32Array): number {
  let sum = 0;
  for (let tap = 0; tap < weights.length; tap++) sum += input[first + tap]! * weights[tap]!;
  return sum;
}

/** @param cutoff the share of the input's frequencies that the output can have. */
function weightsFor(cutoff: number): Float32Array[] {
  return Array.from({ length: PHASES }, (_, phase) => {
    const weights = Float32Array.from({ length: 2 * REACH }, (_, tap) => {
      const distance = tap - REACH + 1 - phase / PHASES;
      return cutoff * sinc(cutoff * distance) * window(distance / REACH);
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Blackman's. */
function window(x: number): number {
  if (Math.abs(x) >= 1) return 0;
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}
