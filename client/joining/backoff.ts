import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";

export interface BackoffOptions {
  readonly first: Millis;
  /** How much longer each is than the one before. */
  readonly growth: number;
  readonly longest: Millis;
}

/** Waits that grow up to a limit, each up to a quarter shorter or longer so that many listeners don't ask in step. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #rng: Rng;
  #tries = 0;

  constructor(options: BackoffOptions, rng: Rng) {
    this.#options = options;
    this.#rng = rng;
  }

  next(): Millis {
    const { first, growth, longest } = this.#options;
    const wait = Math.min(first * growth ** this.#tries++, longest);
    return wait * (0.75 + 0.5 * this.#rng.float());
  }

  reset(): void {
    this.#tries = 0;
  }
}
