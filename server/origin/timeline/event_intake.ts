import type { Millis } from "../../../shared/core/units.ts";
import { StoreError } from "./broadcast_store.ts";
import type { NewEvent } from "./new_event.ts";

/** The most events that may wait; further ones are dropped with a warning. */
const MAX_WAITING = 1000;
/** How often to retry a store that can't be written. */
const RETRY_MILLIS: Millis = 1000;

export interface EventIntakeOptions {
  /** Stores the event and sends it. @throws StoreError when the store can't be written. */
  readonly accept: (event: NewEvent, now: Millis) => void;
  /** Warns the host why events wait. */
  readonly warn: (text: string, now: Millis) => void;
}

/**
 * A queue in which events wait for the start of the broadcast, and for a store that can't be
 * written. An event that is not stored is not sent, and stays in the queue.
 */
export class EventIntake {
  readonly #options: EventIntakeOptions;
  readonly #waiting: NewEvent[] = [];
  #isOpen = false;
  #retryAt: Millis = Infinity;
  #problem: string | undefined;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
  }

  /** When to call {@linkcode retry}; Infinity when no event waits for the store. */
  get deadline(): Millis {
    return this.#retryAt;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Why events that are due wait; undefined when none does. */
  get problem(): string | undefined {
    return this.#problem;
  }

  push(event: NewEvent, now: Millis): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(event);
    else this.#options.warn(this.#whyFull, now);
    if (this.#problem === undefined) this.#passOn(now);
  }

  /** The broadcast has started: the waiting events are stored and sent. */
  open(now: Millis): void {
    this.#isOpen = true;
    this.#passOn(now);
  }

  retry(now: Millis): void {
    if (now >= this.#retryAt) this.#passOn(now);
  }

  #passOn(now: Millis): void {
    if (!this.#isOpen) return;
    this.#retryAt = Infinity;
    this.#problem = undefined;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        this.#options.accept(next, now);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        return this.#wait(error.message, now);
      }
      this.#waiting.shift();
    }
  }

  #wait(problem: string, now: Millis): void {
    this.#problem = problem;
    this.#retryAt = now + RETRY_MILLIS;
    this.#options.warn(`${problem}. Events wait until it can be written`, now);
  }

  get #whyFull(): string {
    return this.#problem === undefined
      ? "Too many events before the start: the rest is left out"
      : `${this.#problem}. Too many events wait: the rest is left out`;
  }
}
