/**
 * How much may be spent on somebody, in bytes: what was granted since the last time, at most a burst.
 * The grant is a number that only grows, such as a share of all bytes sent, so that no clock is needed.
 */
export class Budget {
  readonly #burst: number;
  #left: number;
  #granted: number;

  /** @param granted as it stands; the burst may be spent at once. */
  constructor(burst: number, granted: number) {
    this.#burst = burst;
    this.#left = burst;
    this.#granted = granted;
  }

  /** @returns whether there was enough; if not, nothing was taken. */
  take(bytes: number, granted: number): boolean {
    return this.takeUpTo(1, bytes, granted) === 1;
  }

  /** @returns for how many things of so many bytes there was enough, at most `count`; that was taken. */
  takeUpTo(count: number, bytes: number, granted: number): number {
    this.#left = Math.min(this.#burst, this.#left + Math.max(granted - this.#granted, 0));
    this.#granted = granted;
    const affordable = Math.min(count, Math.floor(this.#left / bytes));
    this.#left -= affordable * bytes;
    return affordable;
  }
}
