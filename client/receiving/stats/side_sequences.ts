import { SequenceUnwrapper } from "../../../shared/core/seq.ts";
import type { ExtendedSequence } from "../../../shared/core/units.ts";

/**
 * Unwraps the numbers of a stream that goes with another. We may see none of its packets for hours, in
 * which others get some: then the host's reports tell where it stands. Its first number of all is 0.
 *
 * Every listener could have sealed a packet or a report with a number far ahead. So neither is held on
 * to: the latest of each counts, and both are tried.
 */
export class SideSequences {
  #latest: ExtendedSequence;
  #reported: ExtendedSequence;

  /** @param next that of its next packet, as the ACCEPT says. */
  constructor(next: ExtendedSequence = 0) {
    this.#latest = next - 1;
    this.#reported = next - 1;
  }

  /** That of its next packet, as the host's latest report has it. */
  get next(): ExtendedSequence {
    return this.#reported + 1;
  }

  /** The numbers that a packet may have, the likeliest first. */
  candidates(sequenceNumber: number): ExtendedSequence[] {
    const known = [this.#latest, this.#reported].sort((one, other) => other - one);
    return [...new Set(known.map((near) => new SequenceUnwrapper(near).peek(sequenceNumber)))];
  }

  /** A packet came under that number. */
  onPacket(sequence: ExtendedSequence): void {
    this.#latest = sequence;
  }

  /** The host says how many packets it has sent, to us or to others. */
  onReport(packetCount: number): void {
    this.#reported = packetCount - 1;
  }
}
