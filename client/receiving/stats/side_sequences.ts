import { unwrapNear } from "../../../shared/core/seq.ts";
import type { ExtendedSequence } from "../../../shared/core/units.ts";

/**
 * Unwraps the sequence numbers of retransmissions or parity. This listener may get none of these packets
 * for hours while others get some; then the host's sender reports give the current number. The first number
 * is 0.
 *
 * Every listener could forge a packet or a report with a number far ahead. So only the latest packet and
 * the latest report count, and a packet is opened with the number that either of them gives.
 */
export class SideSequences {
  #latest: ExtendedSequence;
  #reported: ExtendedSequence;

  /** @param next the number of the next packet, from the ACCEPT. */
  constructor(next: ExtendedSequence = 0) {
    this.#latest = next - 1;
    this.#reported = next - 1;
  }

  /** The number of the next packet, from the host's latest report. */
  get next(): ExtendedSequence {
    return this.#reported + 1;
  }

  /** The extended numbers that a packet may have, the likeliest first. */
  candidates(sequenceNumber: number): ExtendedSequence[] {
    const known = [this.#latest, this.#reported].sort((one, other) => other - one);
    return [...new Set(known.map((near) => unwrapNear(sequenceNumber, near, 16)))];
  }

  /** A packet came and was opened with that number. */
  onPacket(sequence: ExtendedSequence): void {
    this.#latest = sequence;
  }

  /** The host says how many packets it has sent, to all listeners together. */
  onReport(packetCount: number): void {
    this.#reported = packetCount - 1;
  }
}
