/** RFC 3711 section 3.3.2 requires at least 64. */
const WINDOW_SIZE = 128;
const WORD_BITS = 32;

/**
 * Detects replayed packets by their index (RFC 3711 section 3.3.2). An index older than the window
 * counts as a replay. Only authentic packets may be entered.
 */
export class ReplayWindow {
  /** A bit for each index of the window, at the index modulo its size. */
  readonly #seen = [0, 0, 0, 0];
  #highest = -1;

  /** Enters `index`, from 0 on. @returns whether it is new. */
  accept(index: number): boolean {
    if (index <= this.#highest - WINDOW_SIZE || (index <= this.#highest && this.#has(index))) {
      return false;
    }
    this.#passTo(index);
    this.#seen[wordOf(index)]! |= 1 << index % WORD_BITS;
    return true;
  }

  #has(index: number): boolean {
    return (this.#seen[wordOf(index)]! >>> index % WORD_BITS & 1) === 1;
  }

  /** The places of the indexes up to this one are those of the ones that leave the window. */
  #passTo(index: number): void {
    const from = Math.max(this.#highest, index - WINDOW_SIZE) + 1;
    for (let passed = from; passed <= index; passed++) {
      this.#seen[wordOf(passed)]! &= ~(1 << passed % WORD_BITS);
    }
    this.#highest = Math.max(this.#highest, index);
  }
}

function wordOf(index: number): number {
  return Math.floor(index / WORD_BITS) % (WINDOW_SIZE / WORD_BITS);
}
