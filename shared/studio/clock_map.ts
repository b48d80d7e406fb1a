import type { Micros, Millis } from "../core/units.ts";

/** How long the shortest delay is looked for: in this time a clock drifts by a few milliseconds at most. */
const WINDOW_MILLIS: Millis = 8000;
const SLOT_MILLIS: Millis = 500;
/** The map follows a slow drift at most this fast, so that times stay as far apart as they were: 0.2 %. */
const FASTEST_SLEW = 0.002;
/** A map this young has seen few delays: it takes each shorter one at once. */
const YOUNG_MILLIS: Millis = 1000;
/** A larger difference is no drift: a clock was set, or stood still while its machine slept. */
const STEP_MILLIS: Millis = 250;
/** When everything is that late for so long, it is not delayed: the other clock is behind. */
const BEHIND_MILLIS: Millis = 1000;

/**
 * Translates times of another clock into ours. What comes from there is delayed, now more and now less, and
 * never arrives before it was sent; so the shortest delay of the last seconds is taken for the difference
 * between the clocks. It is followed slowly: times that were evenly apart stay so.
 */
export class ClockMap {
  /** The least difference, ours minus the other's, in each slot of time; oldest first. */
  #slots: { readonly from: Millis; least: Millis }[] = [];
  #offset: Millis | undefined;
  #startedAt: Millis = Infinity;
  /** Since when everything is late by more than a step; undefined while something is not. */
  #lateSince: Millis | undefined;
  #updatedAt: Millis = -Infinity;

  /**
   * Something from `at` of the other clock arrives now.
   * @returns when that was, by our clock.
   */
  map(at: Micros, now: Millis): Millis {
    const theirs = at / 1000;
    this.#watchLateness(now - theirs, now);
    this.#note(now - theirs, now);
    this.#follow(now);
    return theirs + this.#offset!;
  }

  /** Forgets everything: what comes next is from another clock. */
  reset(): void {
    this.#slots = [];
    this.#offset = undefined;
    this.#lateSince = undefined;
  }

  #watchLateness(difference: Millis, now: Millis): void {
    const isLate = this.#offset !== undefined && difference - this.#offset > STEP_MILLIS;
    this.#lateSince = isLate ? this.#lateSince ?? now : undefined;
    if (now - (this.#lateSince ?? now) >= BEHIND_MILLIS) this.reset();
  }

  #note(difference: Millis, now: Millis): void {
    const last = this.#slots.at(-1);
    if (!last || now - last.from >= SLOT_MILLIS) this.#slots.push({ from: now, least: difference });
    else last.least = Math.min(last.least, difference);
    while (now - this.#slots[0]!.from > WINDOW_MILLIS) this.#slots.shift();
  }

  #follow(now: Millis): void {
    const least = Math.min(...this.#slots.map((slot) => slot.least));
    const ahead = least - (this.#offset ?? Infinity);
    const isStep = Math.abs(ahead) > STEP_MILLIS;
    if (isStep) this.#startedAt = now;
    if (isStep || now - this.#startedAt < YOUNG_MILLIS) this.#offset = least;
    else {
      const most = FASTEST_SLEW * Math.max(0, now - this.#updatedAt);
      this.#offset! += Math.max(-most, Math.min(most, ahead));
    }
    this.#updatedAt = now;
  }
}
