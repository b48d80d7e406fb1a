import { BoundedMap } from "../../shared/core/bounded_map.ts";
import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";

/** What the host's latest report said is that near to what it sends, a second later too. */
const NEAR = 1000;
/** Packets that are told from copies: more than are near a report. */
const MAX_RECENT = 4 * NEAR;
/** Reordering and copies are over sooner. */
const DISPLACED_AFTER: Millis = 1000;

export interface OriginalPlace {
  readonly sequence: ExtendedSequence;
  /** The number from which on packets are played. */
  readonly next: ExtendedSequence;
  /** The latest number that the host reported. */
  readonly reported: ExtendedSequence;
}

/**
 * Notices that a stream of sound was moved ahead by packets that somebody else sealed, so that none of the
 * host's is played any more. The network keeps packets in order but for a moment: if for a second all
 * that come are behind what was played, near the host's reports, and no copies, then they are the stream.
 */
export class Displacement {
  readonly #recent = new BoundedMap<ExtendedSequence, true>(MAX_RECENT);
  #since: Millis | undefined;

  /** @returns whether the stream is to begin anew with the next packet. */
  onOriginal({ sequence, next, reported }: OriginalPlace, now: Millis): boolean {
    const isCopy = this.#recent.has(sequence);
    this.#recent.set(sequence, true);
    if (sequence >= next) this.#since = undefined;
    if (sequence >= next || isCopy || Math.abs(reported - sequence) > NEAR) return false;
    this.#since ??= now;
    return now - this.#since >= DISPLACED_AFTER;
  }
}
