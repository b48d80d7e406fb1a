import type { Millis } from "../../../shared/core/units.ts";
import { StoreError } from "./broadcast_store.ts";
import type { NewEvent } from "./new_event.ts";
import { SecondLimit } from "./second_limit.ts";

/** The most events that may wait; further ones are dropped with a warning. */
const MAX_WAITING = 1000;
/** How often to retry a store that can't be written. */
const RETRY_MILLIS: Millis = 1000;
/** Events that leave in any second at most: what listeners follow without effort. */
const PER_SECOND = 500;
/** So many leave at once after a pause, and at most so many together. */
const MAX_TOGETHER = 64;
/** While more wait, so many leave together, because each transaction of a store waits for its disk. */
const LEAST_TOGETHER = 10;

export interface EventIntakeOptions {
  /**
   * Stores the events together and sends them. @throws StoreError when the store can't be written; then none of
   * them is stored.
   */
  readonly accept: (events: readonly NewEvent[], now: Millis) => void;
  /** Warns the host why events wait. */
  readonly warn: (text: string, now: Millis) => void;
}

/**
 * A queue in which events wait for the start of the broadcast, for a store that can't be written, and while more
 * come than may leave. An event that is not stored is not sent, and stays in the queue.
 */
export class EventIntake {
  readonly #options: EventIntakeOptions;
  readonly #waiting: NewEvent[] = [];
  #isOpen = false;
  #retryAt: Millis = -Infinity;
  #problem: string | undefined;
  /** How many events may leave at {@linkcode #refilledAt}. */
  #allowance = MAX_TOGETHER;
  #refilledAt: Millis = -Infinity;
  readonly #limit = new SecondLimit(PER_SECOND);

  constructor(options: EventIntakeOptions) {
    this.#options = options;
  }

  /** When to call {@linkcode retry}; Infinity when no event waits for the store or its turn. */
  get deadline(): Millis {
    if (!this.#isOpen || this.isEmpty) return Infinity;
    const missing = Math.max(this.#wanted - this.#allowance, 0);
    const refilled = this.#refilledAt + missing * 1000 / PER_SECOND;
    return Math.max(this.#retryAt, refilled, this.#limit.freeAt(this.#wanted));
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** How many more events may wait. */
  get room(): number {
    return MAX_WAITING - this.#waiting.length;
  }

  /** Why events that are due wait; undefined when they only wait for their turn. */
  get problem(): string | undefined {
    return this.#problem;
  }

  push(events: readonly NewEvent[], now: Millis): void {
    const { room } = this;
    this.#waiting.push(...events.slice(0, room));
    for (let left = events.length - room; left > 0; left--) this.#options.warn(this.#whyFull, now);
    if (this.#problem === undefined) this.#passOn(now);
  }

  /** The broadcast has started: the waiting events are stored and sent. */
  open(now: Millis): void {
    this.#isOpen = true;
    this.#passOn(now);
  }

  retry(now: Millis): void {
    if (now >= this.deadline) this.#passOn(now);
  }

  #passOn(now: Millis): void {
    if (!this.#isOpen) return;
    this.#retryAt = -Infinity;
    this.#problem = undefined;
    this.#refill(now);
    while (!this.isEmpty && this.#mayLeave(now) >= this.#wanted) {
      const together = this.#waiting.slice(0, this.#mayLeave(now));
      try {
        this.#options.accept(together, now);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        return this.#wait(error.message, now);
      }
      this.#waiting.splice(0, together.length);
      this.#allowance -= together.length;
      this.#limit.onLeft(together.length, now);
    }
  }

  #mayLeave(now: Millis): number {
    return Math.floor(Math.min(this.#allowance, this.#limit.free(now)));
  }

  /** How many must be allowed before the next ones leave. */
  get #wanted(): number {
    return Math.min(this.#waiting.length, LEAST_TOGETHER);
  }

  #refill(now: Millis): void {
    const earned = Math.max(now - this.#refilledAt, 0) * PER_SECOND / 1000;
    this.#allowance = Math.min(this.#allowance + earned, MAX_TOGETHER);
    this.#refilledAt = Math.max(now, this.#refilledAt);
  }

  #wait(problem: string, now: Millis): void {
    this.#problem = problem;
    this.#retryAt = now + RETRY_MILLIS;
    this.#options.warn(`${problem}. Events wait until it can be written`, now);
  }

  get #whyFull(): string {
    return this.#problem === undefined
      ? "Too many events at once: the rest is left out"
      : `${this.#problem}. Too many events wait: the rest is left out`;
  }
}
