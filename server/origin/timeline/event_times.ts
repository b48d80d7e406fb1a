import type { Millis } from "../../../shared/core/units.ts";

/**
 * Longer than any pause of a match. A time further from the previous line is a mistake, such as
 * another unit.
 */
const LONGEST_GAP: Millis = 12 * 3_600_000;

/** Ranges of the numbers that stand for the years 2001 to 2286 in units other than milliseconds. */
const UNITS = [
  { name: "seconds", from: 1e9, to: 1e10, perMilli: 1e-3 },
  { name: "microseconds", from: 1e15, to: 1e16, perMilli: 1e3 },
  { name: "nanoseconds", from: 1e18, to: 1e19, perMilli: 1e6 },
] as const;

/** A time of a line, converted. */
export interface ReadTime {
  /** Since the Unix epoch. */
  readonly millis: Millis;
  /** The unit of the number in the line, if not milliseconds. */
  readonly unit?: string;
}

/** Reads a number as a time. Its size gives the unit, as all times lie in this century. */
export function readTime(given: number): ReadTime {
  const unit = UNITS.find(({ from, to }) => given >= from && given < to);
  if (!unit) return { millis: given };
  return { millis: Math.round(given / unit.perMilli), unit: unit.name };
}

interface TimedLine {
  readonly line: number;
  readonly time: Millis;
}

/** The time of an event on the scale of the schedule. */
export interface Placed {
  /** On one scale for all lines; absent when the event is due right after the previous one. */
  readonly at?: Millis;
  /** Why the time of the line is not used. */
  readonly problem?: string;
}

/**
 * Puts the times of lines on one scale, by which events are spaced. A time far from the previous
 * one is not used until the next line confirms it; then the scale continues from there. So one
 * wrong time neither delays all later events nor sends them at once.
 */
export class EventTimes {
  #last: TimedLine | undefined;
  #doubted: TimedLine | undefined;
  /** Added to the time of a line to get its place on the scale. */
  #shift: Millis = 0;

  place(time: Millis | undefined, line: number): Placed {
    if (time === undefined) return {};
    const doubted = this.#doubted;
    if (this.#last && !isNear(this.#last, time)) {
      if (!doubted || !isNear(doubted, time)) return this.#doubt({ line, time }, this.#last);
      this.#shift += this.#last.time - doubted.time;
    }
    this.#last = { line, time };
    this.#doubted = undefined;
    return { at: time + this.#shift };
  }

  #doubt(doubted: TimedLine, last: TimedLine): Placed {
    this.#doubted = doubted;
    const distance = doubted.time - last.time;
    const where = distance > 0 ? "after" : "before";
    const far = `${inWords(Math.abs(distance))} ${where} the time of line ${last.line}`;
    return {
      problem: `"time" is ${far}: the event is sent right after the previous one. ` +
        "Give milliseconds since 1970 or an ISO 8601 time",
    };
  }
}

function isNear({ time }: TimedLine, other: Millis): boolean {
  return Math.abs(other - time) <= LONGEST_GAP;
}

/** A duration for people, in minutes, hours or days. */
export function inWords(millis: Millis): string {
  const minutes = Math.round(millis / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
