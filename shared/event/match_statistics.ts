import * as v from "valibot";
import { BoundedMap } from "../core/bounded_map.ts";
import { EVENT_TYPES, type TimelineEvent, TYPES_OF_BOTH_TEAMS } from "./event.ts";
import { type Language, languageOf, OWN_GOAL_TITLES, TITLES } from "./titles.ts";

/** Which action, and how often it happened for each team. */
export const StatisticsRowSchema = v.object({
  title: v.pipe(v.string(), v.maxLength(80)),
  /** Its number on the wire. */
  type: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  home: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  away: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
export type StatisticsRow = v.InferOutput<typeof StatisticsRowSchema>;

/** The most rows: a sheet of more is not read. */
export const MAX_STATISTICS_ROWS = 60;
/** The newest entries that a correction can take out of the counts; a match has a hundred or two. */
const MAX_ENTRIES = 10_000;
/** A source may name any number of teams and actions. */
const MAX_CELLS = 400;

/** What a sheet of football has from the beginning, in this order, even if it never happens. */
const USUAL_TYPES = ["goal", "shot", "corner", "foul", "yellowCard", "redCard"] as const;
const USUAL_NUMBERS: readonly number[] = USUAL_TYPES.map((type) => EVENT_TYPES[type]);

/** What may happen in a match, as the set-up of its buttons says it. */
export interface CountedAction {
  readonly title: string;
  readonly type: number;
  readonly both: boolean;
}

interface Cell {
  readonly title: string;
  readonly type: number;
  readonly origin: string;
  count: number;
}

/** What an entry and all its corrections count together: one cell, or none. */
interface Place {
  cell: Cell | undefined;
}

/**
 * How often each action happened for each team. An entry that another one supersedes is not counted; when two
 * entries correct the same one, the later takes the place of the earlier. What concerns both teams, and remarks,
 * are no statistics.
 */
export class MatchStatistics {
  readonly #places = new BoundedMap<string, Place>(MAX_ENTRIES);
  readonly #cells = new Map<string, Cell>();
  #language: Language | undefined;
  #isOtherSport = false;

  /** Takes the next entry of the timeline; one that was taken already changes nothing. */
  add({ type, event: { id, title, origin, supersedes } }: Pick<TimelineEvent, "type" | "event">) {
    if (this.#places.has(id)) return;
    const known = supersedes === undefined ? undefined : this.#places.get(supersedes);
    const place: Place = known ?? { cell: undefined };
    if (place.cell) place.cell.count--;
    const isOfTeam = origin !== "" && !TYPES_OF_BOTH_TEAMS.has(type);
    const isCounted = isOfTeam && type !== EVENT_TYPES.note;
    place.cell = isCounted ? this.#cellOf(title, type, origin) : undefined;
    if (place.cell) place.cell.count++;
    this.#places.set(id, place);
  }

  /**
   * The sheet: first what a match of this kind usually has, then what else has happened, in the order in which it
   * first did, so that no row moves.
   *
   * @param actions what may happen; when absent, football is assumed until something else happens.
   */
  rows(teams: { home: string; away: string }, actions?: readonly CountedAction[]): StatisticsRow[] {
    const rows = new Map<string, StatisticsRow>(
      (actions ? usualOf(actions) : this.#usual()).map((
        { title, type },
      ) => [title, { title, type, home: 0, away: 0 }]),
    );
    for (const { title, type, origin, count } of this.#cells.values()) {
      const side = origin === teams.home ? "home" : origin === teams.away ? "away" : undefined;
      if (side === undefined) continue;
      const row = rows.get(title) ?? { title, type, home: 0, away: 0 };
      rows.set(title, { ...row, [side]: count });
    }
    return [...rows.values()].slice(0, MAX_STATISTICS_ROWS);
  }

  #cellOf(title: string, type: number, origin: string): Cell | undefined {
    const key = JSON.stringify([title, origin]);
    const known = this.#cells.get(key);
    if (known || this.#cells.size >= MAX_CELLS) return known;
    const language = languageOf(title);
    this.#language ??= language;
    this.#isOtherSport ||= language === undefined;
    const cell: Cell = { title, type, origin, count: 0 };
    this.#cells.set(key, cell);
    return cell;
  }

  #usual(): readonly Pick<CountedAction, "title" | "type">[] {
    const language = this.#language ?? "en";
    if (this.#isOtherSport && this.#language === undefined) return [];
    return USUAL_TYPES.map((name) => ({ title: TITLES[language][name], type: EVENT_TYPES[name] }));
  }
}

function usualOf(actions: readonly CountedAction[]): readonly CountedAction[] {
  const ownGoals: readonly string[] = Object.values(OWN_GOAL_TITLES);
  const ofTeam = actions.filter(({ title, both }) => !both && !ownGoals.includes(title));
  return USUAL_NUMBERS.flatMap((number) => ofTeam.filter(({ type }) => type === number));
}
