import type { Millis } from "../../../shared/core/units.ts";
import type { EventType } from "../../../shared/event/event.ts";
import type { Player, SideName } from "./squad.ts";

/** Each kind of incident that has phrases of its own, with its event type. */
export const MANNERS = {
  kickOff: "kickOff",
  secondHalf: "secondHalf",
  halfTime: "halfTime",
  fullTimeWon: "fullTime",
  fullTimeDrawn: "fullTime",
  addedTime: "addedTime",
  foul: "foul",
  offside: "offside",
  corner: "corner",
  shotWide: "shot",
  shotBlocked: "shot",
  shotWoodwork: "shot",
  save: "save",
  goal: "goal",
  goalAssisted: "goal",
  goalCorner: "goal",
  goalFreeKick: "goal",
  goalPenalty: "goal",
  penalty: "penalty",
  penaltySaved: "save",
  penaltyMissed: "shot",
  yellow: "yellowCard",
  yellowDissent: "yellowCard",
  yellowSecond: "yellowCard",
  redSecond: "redCard",
  redStraight: "redCard",
  injury: "injury",
  substitution: "substitution",
  substitutionInjury: "substitution",
  notePossession: "note",
  noteLevel: "note",
  noteAhead: "note",
} as const satisfies Record<string, EventType>;
export type Manner = keyof typeof MANNERS;

export type Period = 1 | 2;
/** Home first. */
export type Goals = readonly [home: number, away: number];

/** Something that happened in the match, without the text. */
export interface Incident {
  readonly manner: Manner;
  /** Time since the kick-off, half-time included. */
  readonly at: Millis;
  readonly period: Period;
  /** The match clock in seconds; the second half begins at 2700. */
  readonly clockSeconds: number;
  /** The side of the incident; absent when it concerns both. */
  readonly side?: SideName;
  readonly player?: Player;
  /** The second player: fouled, shooting, leaving the pitch, or passing. */
  readonly other?: Player;
  /** The score after the incident. */
  readonly goals: Goals;
  /** Minutes of added time; only for added time. */
  readonly minutes?: number;
}
