/**
 * Reads the bits of an H.264 syntax structure, highest first. It never throws: beyond the end every bit
 * is 0 and `isWhole` is false from then on.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isWhole = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether everything that was read was there, and no number was longer than 32 bits. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  bit(): number {
    const byte = this.#bytes[this.#at >> 3];
    if (byte === undefined) {
      this.#isWhole = false;
      return 0;
    }
    return (byte >> (7 - (this.#at++ & 7))) & 1;
  }

  /** @param count at most 32. */
  bits(count: number): number {
    let value = 0;
    for (let read = 0; read < count; read++) value = value * 2 + this.bit();
    return value;
  }

  /** An Exp-Golomb number, ue(v) (H.264 section 9.1). */
  unsigned(): number {
    let zeros = 0;
    while (this.#isWhole && this.bit() === 0) zeros++;
    if (zeros > 32) this.#isWhole = false;
    return this.#isWhole ? 2 ** zeros - 1 + this.bits(zeros) : 0;
  }

  /** A signed Exp-Golomb number, se(v) (H.264 section 9.1.1). */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
