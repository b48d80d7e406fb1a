import { Ring } from "../core/ring.ts";

/** RFC 3711 section 3.3.2 requires at least 64. */
const WINDOW_SIZE = 128;

/**
 * Detects replayed packets by their index (RFC 3711 section 3.3.2). An index older than the window
 * counts as a replay. Only authentic packets may be entered.
 */
export class ReplayWindow {
  readonly #seen = new Ring<true>(WINDOW_SIZE);
  #highest = -Infinity;

  /** Enters `index`. @returns whether it is new. */
  accept(index: number): boolean {
    if (index <= this.#highest - WINDOW_SIZE || this.#seen.has(index)) return false;
    this.#seen.set(index, true);
    this.#highest = Math.max(this.#highest, index);
    return true;
  }
}
