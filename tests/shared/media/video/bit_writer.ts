/** Writes the bits of an H.264 syntax structure, highest first. */
export class BitWriter {
  readonly #bits: number[] = [];

  bits(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) this.#bits.push(Math.floor(value / 2 ** bit) % 2);
    return this;
  }

  /** ue(v), H.264 section 9.1. */
  unsigned(value: number): this {
    const length = Math.floor(Math.log2(value + 1));
    return this.bits(0, length).bits(value + 1, length + 1);
  }

  /** se(v), H.264 section 9.1.1. */
  signed(value: number): this {
    return this.unsigned(value > 0 ? 2 * value - 1 : -2 * value);
  }

  /** The bits, a stop bit and zeros up to a whole byte (H.264 section 7.3.2.11). */
  finish(): Uint8Array {
    const bits = [...this.#bits, 1];
    while (bits.length % 8 !== 0) bits.push(0);
    return Uint8Array.from(
      { length: bits.length / 8 },
      (_, index) => parseInt(bits.slice(index * 8, index * 8 + 8).join(""), 2),
    );
  }
}

/** Puts in the bytes 3 that prevent start codes (H.264 section 7.4.1). */
export function escapePayload(content: Uint8Array): Uint8Array {
  const escaped: number[] = [];
  let zeros = 0;
  for (const byte of content) {
    if (zeros >= 2 && byte <= 3) {
      escaped.push(3);
      zeros = 0;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    escaped.push(byte);
  }
  return Uint8Array.from(escaped);
}
