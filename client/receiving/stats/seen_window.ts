/** Half the range of a 16-bit sequence number: an older number cannot be told from a newer one. */
export const WINDOW_SIZE = 32_768;

/** Remembers which of the newest {@linkcode WINDOW_SIZE} extended sequence numbers were marked. */
export class SeenWindow {
  readonly #bits = new Uint8Array(WINDOW_SIZE / 8);
  #highest: number | undefined;

  get highest(): number | undefined {
    return this.#highest;
  }

  /**
   * @returns whether the number was not marked before. A number too old for the window counts as marked:
   * missing an original is better than counting a copy as one.
   */
  mark(sequence: number): boolean {
    this.#advanceTo(sequence);
    if (this.#isForgotten(sequence)) return false;
    const { byte, bit } = place(sequence);
    const isFirst = (this.#bits[byte]! & bit) === 0;
    this.#bits[byte]! |= bit;
    return isFirst;
  }

  /** Whether the number was marked and is still in the window. */
  has(sequence: number): boolean {
    if (sequence > (this.#highest ?? -Infinity) || this.#isForgotten(sequence)) return false;
    const { byte, bit } = place(sequence);
    return (this.#bits[byte]! & bit) !== 0;
  }

  /** Removes a mark. @returns whether there was one. */
  unmark(sequence: number): boolean {
    const wasMarked = this.has(sequence);
    if (wasMarked) this.#clear(sequence);
    return wasMarked;
  }

  #isForgotten(sequence: number): boolean {
    return sequence <= this.#highest! - WINDOW_SIZE;
  }

  #advanceTo(sequence: number): void {
    const highest = this.#highest ??= sequence;
    if (sequence <= highest) return;
    this.#highest = sequence;
    if (sequence - highest >= WINDOW_SIZE) {
      this.#bits.fill(0);
      return;
    }
    for (let number = highest + 1; number <= sequence; number++) this.#clear(number);
  }

  #clear(sequence: number): void {
    const { byte, bit } = place(sequence);
    this.#bits[byte]! &= ~bit;
  }
}

function place(sequence: number): { readonly byte: number; readonly bit: number } {
  const slot = ((sequence % WINDOW_SIZE) + WINDOW_SIZE) % WINDOW_SIZE;
  return { byte: slot >> 3, bit: 1 << (slot & 7) };
}
