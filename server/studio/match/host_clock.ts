import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { EVENT_TYPES, readClock, type TimelineEvent } from "../../../shared/event/event.ts";
import {
  beginPeriod,
  clockAfter,
  clockBeforeMatch,
  type ClockState,
  type LastWhistle,
  readClockAt,
  resumeClock,
  setClock,
  startClock,
  stopClock,
} from "./match_clock.ts";
import { isWhistle } from "./past_events.ts";

/** So many events are known by which the clock was started or stopped. */
const MAX_CHANGES = 200;
/** An event of the studio is sent so soon after it has happened; other sources may give any time. */
const SOON: Millis = 60_000;

/** So many former states are known, for what is told of a time that is over. */
const MAX_FORMER = 50;

/** What an event has made of the clock. */
interface ClockChange {
  readonly before: ClockState;
  readonly after: ClockState;
}

/**
 * The match clock. It goes by the entries of other sources until the host drives it; from then on by the host's
 * commands and whistles alone. Taking back a whistle takes back what it did to the clock, unless the host has
 * changed the clock since.
 */
export class HostClock {
  /** Oldest first, the present state last. */
  #states: readonly ClockState[];
  #isHosts = false;
  /** The clock of the last entry of another source: one that repeats it says nothing new. */
  #followed = "";
  readonly #changes = new BoundedMap<string, ClockChange>(MAX_CHANGES);

  constructor(now: Millis) {
    this.#states = [clockBeforeMatch(now)];
  }

  get state(): ClockState {
    return this.#states.at(-1)!;
  }

  /** The clock as it showed at a time that is over, or now. */
  stateAt(time: Millis): ClockState {
    const former = this.#states.findLast(({ at }) => at <= time) ?? this.#states[0]!;
    const { state } = this;
    // What was set since, as by a host who found the clock wrong, holds for the whole period.
    const isCurrent = state.isRunning && state.period === former.period;
    return readClockAt(isCurrent ? state : former, time);
  }

  start(now: Millis): void {
    this.#drive(startClock(this.state, now));
  }

  stop(now: Millis): void {
    this.#drive(stopClock(this.state, now));
  }

  set(to: { readonly millis: Millis; readonly period?: number | undefined }, now: Millis): void {
    this.#drive(setClock(this.state, to, now));
  }

  beginPeriod(period: number, now: Millis): void {
    this.#drive(beginPeriod(this.state, period, now));
  }

  /** An event of this type and id was pressed. */
  press(type: number, id: string, last: LastWhistle | undefined, now: Millis): void {
    const after = clockAfter(type, this.state, last, now);
    if (!after) return;
    this.#changes.set(id, { before: this.state, after });
    this.#drive(after);
  }

  /** @param by the event that says so; when it is taken back itself, the clock is as it was before. */
  takeBack(id: string, by?: string): void {
    const change = this.#changes.get(id);
    if (!change || this.state !== change.after) return;
    if (by !== undefined) this.#changes.set(by, { before: change.after, after: change.before });
    this.#drive(change.before);
  }

  /** An entry of another source; a correction speaks of a time that is over. */
  follow(entry: TimelineEvent): void {
    if (this.#isHosts || entry.event.supersedes !== undefined) return;
    const { clock, period, time } = entry.event;
    const said = `${period} ${clock}`;
    const millis = readClock(clock);
    // A source that knows no clock says 00:00 for ever.
    const saysNothing = said === this.#followed || millis === 0;
    if (saysNothing && !isWhistle(entry.type)) return;
    this.#followed = said;
    const at = Math.abs(entry.time - time) <= SOON ? time : entry.time;
    this.#change({ millis, period, at, isRunning: this.#runsAfter(entry.type) });
  }

  /**
   * All entries from before a restart were followed, and the match has gone on since.
   *
   * @param isLive whether a period is being played, by what the entries say after corrections.
   */
  resume(isLive: boolean, now: Millis): void {
    this.#change(resumeClock({ ...this.state, isRunning: isLive }, now));
  }

  #runsAfter(type: number): boolean {
    if (!isWhistle(type)) return this.state.isRunning;
    return type === EVENT_TYPES.kickOff || type === EVENT_TYPES.secondHalf;
  }

  #drive(state: ClockState): void {
    this.#isHosts = true;
    this.#change(state);
  }

  #change(state: ClockState): void {
    this.#states = [...this.#states.slice(1 - MAX_FORMER), state];
  }
}
