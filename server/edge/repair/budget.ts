/**
 * The bytes that may be spent on repair: those granted and not yet spent, at most a burst. The caller passes
 * the total granted so far, which only grows, such as a share of all bytes sent; so no clock is needed.
 */
export class Budget {
  #burst: number;
  #left: number;
  #granted: number;

  /** @param granted the total so far; the whole burst may be spent at once. */
  constructor(burst: number, granted: number) {
    this.#burst = burst;
    this.#left = burst;
    this.#granted = granted;
  }

  /** Lets so many bytes be spent at once, if that is more than before. */
  raiseBurst(burst: number): void {
    const more = Math.max(burst - this.#burst, 0);
    this.#burst += more;
    this.#left += more;
  }

  /** @returns whether so many bytes were left; if not, none are taken. */
  take(bytes: number, granted: number): boolean {
    return this.takeUpTo(1, bytes, granted) === 1;
  }

  /** @returns how many packets of `bytes` each are affordable, at most `count`; their bytes are taken. */
  takeUpTo(count: number, bytes: number, granted: number): number {
    this.#left = Math.min(this.#burst, this.#left + Math.max(granted - this.#granted, 0));
    this.#granted = granted;
    const affordable = Math.min(count, Math.floor(this.#left / bytes));
    this.#left -= affordable * bytes;
    return affordable;
  }
}
