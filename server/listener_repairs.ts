import type { ExtendedSequence, Millis } from "../shared/core/units.ts";
import { Budget } from "./budget.ts";

/** Packets of a channel that a listener is being sent again; the oldest are forgotten. */
const MAX_TRIES = 512;
/** What may be sent again at once before the budget's rate counts. */
const BURST_BYTES = 48_000;

/** How a packet was sent again to a listener until now. */
export interface Tried {
  readonly count: number;
  readonly at: Millis;
}

const NEVER: Tried = { count: 0, at: -Infinity };

/** What one listener was sent again of one channel, and how much more it may be. */
export class ListenerRepairs {
  readonly budget: Budget;
  readonly #tries = new Map<ExtendedSequence, Tried>();

  /** @param granted see {@linkcode Budget}. */
  constructor(granted: number) {
    this.budget = new Budget(BURST_BYTES, granted);
  }

  tried(sequence: ExtendedSequence): Tried {
    return this.#tries.get(sequence) ?? NEVER;
  }

  onTry(sequence: ExtendedSequence, at: Millis): void {
    const { count } = this.tried(sequence);
    // Anew, so that the first in the map is the one tried longest ago.
    this.#tries.delete(sequence);
    this.#tries.set(sequence, { count: count + 1, at });
    if (this.#tries.size <= MAX_TRIES) return;
    for (const oldest of this.#tries.keys()) return void this.#tries.delete(oldest);
  }
}
