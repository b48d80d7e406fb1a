/** How many new highest numbers are remembered. A larger extent is given as the largest that can be known. */
const REMEMBERED_HIGHS = 1024;

interface High {
  readonly sequence: number;
  /** How many packets had arrived before it. */
  readonly arrival: number;
}

/**
 * Reordering as RFC 4737 defines it: a packet is reordered when one with a higher number came first
 * (section 3), and its extent is how many arrivals ago the earliest such packet came (section 4.2).
 * Callers leave out copies.
 */
export class Reordering {
  #reordered = 0;
  #arrivals = 0;
  /** Ascending in both fields. Only a new highest number can be the earliest packet above another number. */
  readonly #highs: High[] = [];

  /** @returns the extent, 0 for a packet in order. */
  onPacket(sequence: number): number {
    const arrival = this.#arrivals++;
    const highest = this.#highs.at(-1);
    if (highest === undefined || sequence > highest.sequence) {
      this.#highs.push({ sequence, arrival });
      if (this.#highs.length > REMEMBERED_HIGHS) this.#highs.shift();
      return 0;
    }
    this.#reordered++;
    return arrival - this.#earliestAbove(sequence).arrival;
  }

  get reordered(): number {
    return this.#reordered;
  }

  #earliestAbove(sequence: number): High {
    let low = 0;
    let high = this.#highs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#highs[middle]!.sequence > sequence) high = middle;
      else low = middle + 1;
    }
    return this.#highs[low]!;
  }
}
