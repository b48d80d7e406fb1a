import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { BLOCK_ENTRIES } from "../../../shared/event/blocks.ts";
import type { JitterBuffer } from "../jitter/jitter_buffer.ts";
import type { Repair } from "../repair/repair.ts";
import type { SequenceGate } from "../stats/sequence_gate.ts";

/** Entries that lie further behind the newest are fetched in blocks, and not requested one by one. */
const FAR_BEHIND = 512;
/** So are those that are missing for this long. */
const PATIENCE_MILLIS: Millis = 2000;

export interface MissingPastOptions {
  /**
   * Its highest number that came is that of a signed entry, or the host's word to this listener alone. What sender
   * reports say was sent does not count here: any listener could forge them.
   */
  readonly gate: Pick<SequenceGate, "highestCame">;
  readonly jitterBuffer: JitterBuffer;
  readonly repair: Repair;
  /** The number of the entry with count 1. */
  readonly sequenceBase: ExtendedSequence;
  /** The first number that was sent to this listener. */
  readonly nextSequence: ExtendedSequence;
}

/** Counts of entries, both included. */
export interface CountRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Which entries of the timeline are to be fetched in blocks: those from before this listener joined, and those
 * that single requests did not bring. The host has a block once 64 entries are full.
 */
export class MissingPast {
  readonly #options: MissingPastOptions;
  /** The number of the first entry that has not come, and since when it is waited for. */
  #waitsFor: ExtendedSequence | undefined;
  #since: Millis = Infinity;

  constructor(options: MissingPastOptions) {
    this.#options = options;
    const { repair, nextSequence } = options;
    repair.beginAt(Math.min(this.#endOfBlocks(nextSequence), nextSequence));
  }

  /** When {@linkcode poll} may have something new. */
  get deadline(): Millis {
    return this.#since + PATIENCE_MILLIS;
  }

  /** @returns the first gap to be fetched now, if any. */
  poll(now: Millis): CountRange | undefined {
    const { gate, jitterBuffer, repair, sequenceBase } = this.#options;
    const { next } = jitterBuffer;
    const end = this.#endOfBlocks(gate.highestCame + 1);
    const isWaiting = next < end;
    this.#note(isWaiting ? next : undefined, now);
    if (!isWaiting || !this.#isUrgent(next, now)) return undefined;
    const last = Math.min(end, jitterBuffer.first ?? Infinity) - 1;
    if (gate.highestCame - next > FAR_BEHIND) repair.beginAt(last + 1);
    return { first: next - sequenceBase + 1, last: last - sequenceBase + 1 };
  }

  #note(next: ExtendedSequence | undefined, now: Millis): void {
    if (next === this.#waitsFor) return;
    this.#waitsFor = next;
    this.#since = next === undefined ? Infinity : now;
  }

  #isUrgent(next: ExtendedSequence, now: Millis): boolean {
    const { gate, nextSequence } = this.#options;
    return next < nextSequence || gate.highestCame - next > FAR_BEHIND ||
      now - this.#since >= PATIENCE_MILLIS;
  }

  /** @returns the number after the last full block, when `next` is the number of the next entry. */
  #endOfBlocks(next: ExtendedSequence): ExtendedSequence {
    const count = next - this.#options.sequenceBase;
    return next - count % BLOCK_ENTRIES;
  }
}
