import type { Millis } from "../../../shared/core/units.ts";
import { StoreError } from "./broadcast_store.ts";
import type { NewEvent } from "./new_event.ts";

/** Events that may wait. */
const MAX_WAITING = 1000;
/** A store that can't be written is tried again this often. */
const RETRY_MILLIS: Millis = 1000;

export interface EventIntakeOptions {
  /** Keeps the event and sends it. @throws StoreError when it can't be kept. */
  readonly accept: (event: NewEvent, now: Millis) => void;
  /** Tells what keeps events waiting. */
  readonly warn: (text: string, now: Millis) => void;
}

/**
 * Where events wait, in their order, for the broadcast's start and for a store that can't be
 * written: an event that is not kept is not sent, and not lost either.
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

  /** When to {@linkcode retry}; Infinity when nothing waits for that. */
  get deadline(): Millis {
    return this.#retryAt;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Why events wait that should be out; undefined when none do. */
  get problem(): string | undefined {
    return this.#problem;
  }

  push(event: NewEvent, now: Millis): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(event);
    else this.#options.warn(this.#whyFull, now);
    if (this.#problem === undefined) this.#passOn(now);
  }

  /** The broadcast has started: what waited for that goes out. */
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
