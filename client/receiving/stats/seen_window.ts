/** Half the range of a 16-bit sequence number: what lies further back can't be told from what is ahead. */
export const WINDOW_SIZE = 32_768;

/** Remembers which of the newest {@linkcode WINDOW_SIZE} extended sequence numbers were seen. */
export class SeenWindow {
  readonly #bits = new Uint8Array(WINDOW_SIZE / 8);
  #highest: number | undefined;

  get highest(): number | undefined {
    return this.#highest;
  }

  /**
   * @returns whether it is seen for the first time. A number too old for the window counts as seen:
   * it is better to miss an original than to count a copy as one.
   */
  mark(sequence: number): boolean {
    this.#advanceTo(sequence);
    if (this.#isForgotten(sequence)) return false;
    const { byte, bit } = place(sequence);
    const isFirst = (this.#bits[byte]! & bit) === 0;
    this.#bits[byte]! |= bit;
    return isFirst;
  }

  /** Whether it was marked and is not too old to know. */
  has(sequence: number): boolean {
    if (sequence > (this.#highest ?? -Infinity) || this.#isForgotten(sequence)) return false;
    const { byte, bit } = place(sequence);
    return (this.#bits[byte]! & bit) !== 0;
  }

  /** @returns whether it was marked; it is not any more. */
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
