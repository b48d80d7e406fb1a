import type { Millis } from "../../../shared/core/units.ts";

/** No match pauses for longer: what is further from the line before is a mistake, such as another unit. */
const LONGEST_GAP: Millis = 12 * 3_600_000;

/** Times from 2001 to 2286 in units other than milliseconds, and how many of them are one. */
const UNITS = [
  { name: "seconds", from: 1e9, to: 1e10, perMilli: 1e-3 },
  { name: "microseconds", from: 1e15, to: 1e16, perMilli: 1e3 },
  { name: "nanoseconds", from: 1e18, to: 1e19, perMilli: 1e6 },
] as const;

/** A time as a line gives it, and what it is since the Unix epoch. */
export interface ReadTime {
  readonly millis: Millis;
  /** Of a time that was not in milliseconds. */
  readonly unit?: string;
}

/** Reads a number as a time by its size: a broadcast is on the air in this century. */
export function readTime(given: number): ReadTime {
  const unit = UNITS.find(({ from, to }) => given >= from && given < to);
  if (!unit) return { millis: given };
  return { millis: Math.round(given / unit.perMilli), unit: unit.name };
}

interface TimedLine {
  readonly line: number;
  readonly time: Millis;
}

/** Where a line's event has its place in time. */
export interface Placed {
  /** On one scale for all lines; absent when it is due right after the one before. */
  readonly at?: Millis;
  /** Why its own time is not its place. */
  readonly problem?: string;
}

/**
 * Puts the times of lines on one scale by which events are spaced. A time that is far from the one before
 * is not believed until the next line bears it out: then the scale goes on from there. So neither one
 * wrong time nor a wrong first one keeps all later events waiting, or has them sent at once.
 */
export class EventTimes {
  #last: TimedLine | undefined;
  #doubted: TimedLine | undefined;
  /** What is added to a time for its place on the scale. */
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
    const far = `${inWords(Math.abs(distance))} ${where} that of line ${last.line}`;
    return {
      problem: `"time" is ${far}: it is sent right after the one before. ` +
        "Give milliseconds since 1970 or an ISO 8601 time",
    };
  }
}

function isNear({ time }: TimedLine, other: Millis): boolean {
  return Math.abs(other - time) <= LONGEST_GAP;
}

/** A span of time as people say it, for one that is minutes at least. */
export function inWords(millis: Millis): string {
  const minutes = Math.round(millis / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
