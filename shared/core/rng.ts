/** A source of random numbers; the caller passes one in, so that a seed can repeat a run. */
export interface Rng {
  /** A number in [0, 1). */
  float(): number;
  /** An integer in [0, 2^32). */
  uint32(): number;
  /** `length` bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/**
 * A seeded generator (sfc32, from PractRand) for simulations and test networks: the same seed gives
 * the same numbers on every machine. Not for secrets.
 */
export class SeededRng implements Rng {
  readonly #state: Uint32Array;

  constructor(seed: number) {
    this.#state = new Uint32Array([seed, seed / 0x1_0000_0000, 0x9e3779b9, 1]);
    for (let round = 0; round < 15; round++) this.uint32();
  }

  uint32(): number {
    const state = this.#state;
    const [a, b, c, counter] = state as unknown as [number, number, number, number];
    const result = (a + b + counter) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    state[3] = counter + 1;
    return result;
  }

  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.uint32() & 0xff);
  }
}

/** One of `choices`, each equally likely. */
export function pick<Choice>(rng: Rng, choices: readonly Choice[]): Choice {
  if (choices.length === 0) throw new RangeError("Nothing to pick from");
  return choices[Math.floor(rng.float() * choices.length)]!;
}
