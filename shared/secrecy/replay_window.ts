import { Ring } from "../core/ring.ts";

/** RFC 3711 section 3.3.2 wants 64 at least. */
const WINDOW_SIZE = 128;

/**
 * Tells packets that came before from those that did not, by their growing number (RFC 3711 section
 * 3.3.2). One that is older than the window counts as having come. Only authentic packets go in.
 */
export class ReplayWindow {
  readonly #seen = new Ring<true>(WINDOW_SIZE);
  #highest = -Infinity;

  /** @returns whether this number is new; it no longer is afterwards. */
  accept(index: number): boolean {
    if (index <= this.#highest - WINDOW_SIZE || this.#seen.has(index)) return false;
    this.#seen.set(index, true);
    this.#highest = Math.max(this.#highest, index);
    return true;
  }
}
