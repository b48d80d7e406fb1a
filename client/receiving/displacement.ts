import { BoundedMap } from "../../shared/core/bounded_map.ts";
import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";

/**
 * The host sends within this many packets of its latest report, which is at most a second or so old; a screen and
 * live data have more packets a second than sound.
 */
const NEAR = { sound: 1000, large: 4096 };
/** So many times as many packets are remembered to recognise copies: more than can be near a report. */
const REMEMBERED = 4;
/** Reordering and copying by a network last less long. */
const DISPLACED_AFTER: Millis = 1000;

export interface OriginalPlace {
  readonly sequence: ExtendedSequence;
  /** The number of the next packet to be played, or to come in order. */
  readonly next: ExtendedSequence;
  /** The latest number that the host reported. */
  readonly reported: ExtendedSequence;
}

/**
 * Detects that packets forged by another listener moved a stream of unsigned packets ahead, so that no packet of the
 * host is played any more. A network reorders packets for a moment only. So when all packets of one
 * second are older than what was played, near the host's reports and no copies, they are the real stream.
 */
export class Displacement {
  readonly #near: number;
  readonly #recent: BoundedMap<ExtendedSequence, true>;
  #since: Millis | undefined;

  /** @param isLarge whether what a source gives takes many packets. */
  constructor(isLarge = false) {
    this.#near = isLarge ? NEAR.large : NEAR.sound;
    this.#recent = new BoundedMap(REMEMBERED * this.#near);
  }

  /** @returns whether a new stream must replace this one from the next packet on. */
  onOriginal({ sequence, next, reported }: OriginalPlace, now: Millis): boolean {
    const isCopy = this.#recent.has(sequence);
    this.#recent.set(sequence, true);
    if (sequence >= next) this.#since = undefined;
    if (sequence >= next || isCopy || Math.abs(reported - sequence) > this.#near) return false;
    this.#since ??= now;
    return now - this.#since >= DISPLACED_AFTER;
  }
}
