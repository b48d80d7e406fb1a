import type { JoinedInfo } from "../client/interface/output.ts";
import { EVENT_TYPES, parseScore, readClock, type TimelineEvent } from "../shared/event/event.ts";
import type { MatchStatus, Scoreboard } from "../shared/page/page.ts";
import type { Millis } from "../shared/core/units.ts";

/** The scoreboard before anything is known. */
export function emptyScoreboard(now: Millis): Scoreboard {
  return {
    home: "",
    away: "",
    score: null,
    status: "waiting",
    clock: { text: "", period: 0, isRunning: false, at: now },
    count: 0,
  };
}

/** The scoreboard as this listener joins: the teams, and the score and clock of a match in progress. */
export function joinedScoreboard(info: JoinedInfo, now: Millis): Scoreboard {
  const { count, score, clock: text = "", period = 0 } = info.timeline;
  return {
    ...emptyScoreboard(now),
    home: info.match?.home ?? "",
    away: info.match?.away ?? "",
    score: [...parseScore(score)],
    status: count > 0 ? "live" : "notStarted",
    clock: { text, period, isRunning: false, at: now },
    count,
  };
}

/** The scoreboard after `event`; an older entry changes nothing. */
export function afterEvent(
  scoreboard: Scoreboard,
  event: TimelineEvent,
  isRealTime: boolean,
  now: Millis,
): Scoreboard {
  if (event.count < scoreboard.count) return scoreboard;
  const status = statusAfter(event, scoreboard.status);
  return {
    ...scoreboard,
    score: [...parseScore(event.score)],
    status,
    clock: clockAfter(event, scoreboard.clock, isRealTime && status === "live", now),
    count: event.count,
  };
}

/** A correction speaks of a time that is over: the clock goes on. */
function clockAfter(
  { event: { clock: text, period, supersedes } }: TimelineEvent,
  before: Scoreboard["clock"],
  isRunning: boolean,
  now: Millis,
): Scoreboard["clock"] {
  if (supersedes === undefined) return { text, period, isRunning, at: now };
  return { ...before, isRunning: before.isRunning && isRunning };
}

function statusAfter({ type, event }: TimelineEvent, before: MatchStatus): MatchStatus {
  switch (type) {
    case EVENT_TYPES.halfTime:
      return "halfTime";
    case EVENT_TYPES.fullTime:
      return "fullTime";
    case EVENT_TYPES.kickOff:
    case EVENT_TYPES.secondHalf:
      return "live";
    // Notes may come at any time, also in a pause and before the match.
    case EVENT_TYPES.note:
      return before;
    default:
      if (event.supersedes !== undefined) return before;
      return before === "fullTime" ? "fullTime" : "live";
  }
}

/** The number of entries that are compared. */
const WINDOW = 8;
/** A shorter time is not enough, because match clocks count whole seconds. */
const SHORTEST_STRETCH_MILLIS = 8000;
const SLOWEST_REAL_TIME = 0.8;
const FASTEST_REAL_TIME = 1.25;

/**
 * Finds out whether the match clock runs as fast as real time, so that the scoreboard may let it run
 * between entries. A simulated match may run at any speed; then the clock changes with entries only.
 */
export class MatchPace {
  readonly #marks: { readonly clockMillis: Millis; readonly time: Millis }[] = [];
  #period = 0;

  /** Takes the next entry. */
  push({ event }: TimelineEvent): void {
    if (event.supersedes !== undefined) return;
    if (event.period !== this.#period) this.#marks.length = 0;
    this.#period = event.period;
    this.#marks.push({ clockMillis: readClock(event.clock), time: event.time });
    if (this.#marks.length > WINDOW) this.#marks.shift();
  }

  get isRealTime(): boolean {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.time - first.time < SHORTEST_STRETCH_MILLIS) return false;
    const pace = (last.clockMillis - first.clockMillis) / (last.time - first.time);
    return pace >= SLOWEST_REAL_TIME && pace <= FASTEST_REAL_TIME;
  }
}
