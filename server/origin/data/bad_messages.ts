import type { Millis } from "../../../shared/core/units.ts";

/** So many lines may follow each other at once. */
const MAX_LINES = 5;
/** Then one line may be told in this time. */
const LINE_EVERY_MILLIS: Millis = 10_000;

/**
 * Tells the host of messages that were refused, each by its number. A source that makes a mistake usually makes it
 * in every message, so the rate is limited, and a line says how many were left out before it.
 */
export class BadMessages {
  readonly #say: (text: string) => void;
  #allowance = MAX_LINES;
  #refilledAt: Millis = -Infinity;
  #last: { readonly problem: string; readonly at: Millis } | undefined;
  #count = 0;
  #untold = 0;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** How many messages were refused. */
  get count(): number {
    return this.#count;
  }

  /** @param number the message's place among all of the source: 1, 2, 3, … */
  refuse(number: number, problem: string, now: Millis): void {
    this.#count += 1;
    const isRepeated = this.#last?.problem === problem && now - this.#last.at < LINE_EVERY_MILLIS;
    if (isRepeated || !this.#mayTell(now)) {
      this.#untold += 1;
      return;
    }
    this.#last = { problem, at: now };
    const others = this.#untold === 0 ? "" : `; so were ${this.#untold} before it`;
    this.#untold = 0;
    this.#say(`message ${number}: ${problem}; it was left out${others}`);
  }

  /**
   * Tells something else that a source brings about. It shares the rate, so that a source which always brings
   * something new does not fill the log.
   */
  note(text: string, now: Millis): void {
    if (this.#mayTell(now)) this.#say(text);
  }

  #mayTell(now: Millis): boolean {
    const earned = (now - this.#refilledAt) / LINE_EVERY_MILLIS;
    this.#allowance = Math.min(MAX_LINES, this.#allowance + Math.max(earned, 0));
    this.#refilledAt = Math.max(now, this.#refilledAt);
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}
