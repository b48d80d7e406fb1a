import type { Millis } from "../../shared/core/units.ts";

/** The BYE is sent this often, this far apart, since any of them may be lost. */
const GOODBYE_COUNT = 3;
const GOODBYE_INTERVAL_MILLIS = 100;
/** Then it is repeated at this interval while a listener has not answered: it may still miss the end. */
const REMINDER_INTERVAL_MILLIS = 250;
/** A listener that has not answered by then will not: it fell silent before. */
const LONGEST_MILLIS = 5000;

/**
 * The end of a broadcast: its reason, and when each BYE is due. The end is over when all listeners have
 * left; until then lost packets are still sent again.
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
   * @param listenerCount how many listeners have not left.
   * @returns what to do now; call until undefined.
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
