import { EVENT_TYPES, type EventType, TYPES_OF_BOTH_TEAMS } from "../../../shared/event/event.ts";
import { type Language, OWN_GOAL_TITLES, TITLES } from "../../../shared/event/titles.ts";

/** Something that can happen in a match, and that the host or a reporter may say. */
export interface Action {
  /** Unique among the actions. */
  readonly title: string;
  /** Its number on the wire. */
  readonly type: number;
  /** What it adds to the score of a team. */
  readonly points: number;
  /** Whether it concerns both teams; its origin is then "". */
  readonly both: boolean;
  /** Whether the points are the other team's, as those of an own goal. */
  readonly countsForOpponent: boolean;
  /** Reports of it that are less than this apart may be the same event; absent when the file does not say. */
  readonly windowSeconds?: number;
}

/** Football's events in the order of the buttons; `ownGoal` has the type of a goal. */
const FOOTBALL: readonly (EventType | "ownGoal")[] = [
  "goal",
  "ownGoal",
  "yellowCard",
  "redCard",
  "corner",
  "foul",
  "offside",
  "substitution",
  "penalty",
  "save",
  "shot",
  "injury",
  "kickOff",
  "addedTime",
  "halfTime",
  "secondHalf",
  "fullTime",
];

/** The actions without `--actions`. */
export function footballActions(language: Language): readonly Action[] {
  return FOOTBALL.map((name) => {
    const type = EVENT_TYPES[name === "ownGoal" ? "goal" : name];
    return {
      title: name === "ownGoal" ? OWN_GOAL_TITLES[language] : TITLES[language][name],
      type,
      points: type === EVENT_TYPES.goal ? 1 : 0,
      both: TYPES_OF_BOTH_TEAMS.has(type),
      countsForOpponent: name === "ownGoal",
    };
  });
}
