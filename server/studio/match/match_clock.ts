import type { Millis } from "../../../shared/core/units.ts";
import { EVENT_TYPES } from "../../../shared/event/event.ts";

/** The match clock: where it stood at a moment, and whether it runs on from there. */
export interface ClockState {
  readonly millis: Millis;
  readonly at: Millis;
  readonly period: number;
  readonly isRunning: boolean;
}

/** The highest time that `MM:SS` can say. */
const LAST_MILLIS: Millis = (999 * 60 + 59) * 1000;
const MINUTE: Millis = 60_000;
/** The minute with which each period begins: two halves, extra time, a shoot-out. */
const FIRST_MINUTES = [0, 45, 90, 105, 120] as const;
/** The longest that a clock goes on by itself while the host is away: longer than any half with extra time. */
const LONGEST_AWAY: Millis = 2 * 60 * MINUTE;

export function clockBeforeMatch(now: Millis): ClockState {
  return { millis: 0, at: now, period: 1, isRunning: false };
}

/** The time on the clock. */
export function readMatchClock({ millis, at, isRunning }: ClockState, now: Millis): Millis {
  const passed = isRunning ? Math.max(now - at, 0) : 0;
  return Math.min(millis + passed, LAST_MILLIS);
}

/** The clock at a time, which may be before the one that it was read at: not before its period began. */
export function readClockAt(clock: ClockState, time: Millis): ClockState {
  const first = (FIRST_MINUTES[clock.period - 1] ?? 0) * MINUTE;
  const passed = clock.isRunning ? time - clock.at : 0;
  const millis = Math.max(clock.millis + passed, Math.min(first, clock.millis));
  return { ...clock, millis: Math.min(millis, LAST_MILLIS), at: time };
}

export function startClock(clock: ClockState, now: Millis): ClockState {
  return { ...clock, millis: readMatchClock(clock, now), at: now, isRunning: true };
}

export function stopClock(clock: ClockState, now: Millis): ClockState {
  return { ...clock, millis: readMatchClock(clock, now), at: now, isRunning: false };
}

/** The clock shows another time, and runs on if it ran. */
export function setClock(
  clock: ClockState,
  to: { readonly millis: Millis; readonly period?: number | undefined },
  now: Millis,
): ClockState {
  return { ...clock, millis: to.millis, period: to.period ?? clock.period, at: now };
}

/** A period begins. Periods that football does not have go on from the time that the clock shows. */
export function beginPeriod(clock: ClockState, period: number, now: Millis): ClockState {
  const minute = FIRST_MINUTES[period - 1];
  const millis = minute === undefined ? readMatchClock(clock, now) : minute * MINUTE;
  return { millis, at: now, period, isRunning: true };
}

/** What the last event of a period's beginning or end was. */
export interface LastWhistle {
  readonly type: number;
  readonly period: number;
}

/** The period that a kick-off or a second half begins: after full time, that of extra time. */
export function periodAfter(
  type: number,
  clock: ClockState,
  last: LastWhistle | undefined,
): number {
  if (type === EVENT_TYPES.kickOff) return last?.type === EVENT_TYPES.fullTime ? 3 : 1;
  return clock.period >= 3 ? 4 : 2;
}

/** The clock after an event of this type was pressed; undefined when it changes nothing. */
export function clockAfter(
  type: number,
  clock: ClockState,
  last: LastWhistle | undefined,
  now: Millis,
): ClockState | undefined {
  switch (type) {
    case EVENT_TYPES.kickOff:
    case EVENT_TYPES.secondHalf:
      return beginPeriod(clock, periodAfter(type, clock, last), now);
    case EVENT_TYPES.halfTime:
    case EVENT_TYPES.fullTime:
      return stopClock(clock, now);
    default:
      return undefined;
  }
}

/** The clock of a match that went on while the host was away; after a very long time it stands still. */
export function resumeClock(clock: ClockState, now: Millis): ClockState {
  const isStale = now - clock.at > LONGEST_AWAY;
  return isStale ? { ...clock, at: now, isRunning: false } : clock;
}
