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
    if (sequence <= this.#highest! - WINDOW_SIZE) return false;
    const slot = ((sequence % WINDOW_SIZE) + WINDOW_SIZE) % WINDOW_SIZE;
    const bit = 1 << (slot & 7);
    const isFirst = (this.#bits[slot >> 3]! & bit) === 0;
    this.#bits[slot >> 3]! |= bit;
    return isFirst;
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
    const slot = ((sequence % WINDOW_SIZE) + WINDOW_SIZE) % WINDOW_SIZE;
    this.#bits[slot >> 3]! &= ~(1 << (slot & 7));
  }
}
