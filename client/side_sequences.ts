import { SequenceUnwrapper } from "../shared/core/seq.ts";
import type { ExtendedSequence } from "../shared/core/units.ts";

/**
 * Unwraps the numbers of a stream that goes with another. We may see none of its packets for hours, in
 * which others get some: then the host's reports tell where it stands. Its first number of all is 0.
 */
export class SideSequences {
  #newest: ExtendedSequence;
  #unwrapper: SequenceUnwrapper;

  /** @param next that of its next packet, as the ACCEPT says. */
  constructor(next: ExtendedSequence = 0) {
    this.#newest = next - 1;
    this.#unwrapper = new SequenceUnwrapper(this.#newest);
  }

  /** Unwraps without remembering, for a packet that may be forged. */
  peek(sequenceNumber: number): ExtendedSequence {
    return this.#unwrapper.peek(sequenceNumber);
  }

  unwrap(sequenceNumber: number): ExtendedSequence {
    const sequence = this.#unwrapper.unwrap(sequenceNumber);
    if (sequence > this.#newest) this.#newest = sequence;
    return sequence;
  }

  /** The host says how many packets it has sent, to us or to others. */
  onReport(packetCount: number): void {
    const newest: ExtendedSequence = packetCount - 1;
    if (newest <= this.#newest) return;
    this.#newest = newest;
    this.#unwrapper = new SequenceUnwrapper(newest);
  }
}
