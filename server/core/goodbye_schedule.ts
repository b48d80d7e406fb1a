import type { Millis } from "../../shared/core/units.ts";

/** The last word is said this often, this far apart, since it may be lost. */
const GOODBYE_COUNT = 3;
const GOODBYE_INTERVAL_MILLIS = 100;
/** Then again this often, to those who did not say goodbye themselves: they may still miss the end. */
const REMINDER_INTERVAL_MILLIS = 250;
/** Who is not gone by now won't go: it fell silent before. */
const LONGEST_MILLIS = 5000;

/**
 * The end of a broadcast: its reason, and when the goodbyes are due. It is over when everybody has
 * gone; until then what they miss of the end is sent again.
 */
export class GoodbyeSchedule {
  readonly #endsAt: Millis;
  #said = 0;
  #nextAt: Millis;
  #isOver = false;

  constructor(readonly reason: string, now: Millis) {
    this.#nextAt = now;
    this.#endsAt = now + LONGEST_MILLIS;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get deadline(): Millis {
    return this.#isOver ? Infinity : this.#nextAt;
  }

  /**
   * @param listenerCount how many have not gone.
   * @returns what is to be done now; call until undefined.
   */
  poll(listenerCount: number, now: Millis): "say-goodbye" | "end" | undefined {
    if (this.#isOver) return undefined;
    const isSaid = this.#said >= GOODBYE_COUNT;
    if (isSaid && (listenerCount === 0 || now >= this.#endsAt)) {
      this.#isOver = true;
      return "end";
    }
    if (now < this.#nextAt) return undefined;
    this.#said++;
    const isReminder = this.#said >= GOODBYE_COUNT;
    const next = now + (isReminder ? REMINDER_INTERVAL_MILLIS : GOODBYE_INTERVAL_MILLIS);
    this.#nextAt = isReminder ? Math.min(next, Math.max(this.#endsAt, now)) : next;
    return "say-goodbye";
  }
}
