import type { Millis } from "../../../shared/core/units.ts";
import type { EventType } from "../../../shared/event/event.ts";
import type { Player, SideName } from "./squad.ts";

/** What can happen, told apart as finely as it is put into words. */
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

/** Something that happened in the match, before it is put into words. */
export interface Incident {
  readonly manner: Manner;
  /** Since the kick-off, half-time included. */
  readonly at: Millis;
  readonly period: Period;
  /** On the match clock, in seconds; the second half begins at 2700. */
  readonly clockSeconds: number;
  /** Whose incident it is; absent where it concerns both. */
  readonly side?: SideName;
  readonly player?: Player;
  /** Who else took part: the one who was fouled, who shot, who made room, who passed. */
  readonly other?: Player;
  /** The score after it. */
  readonly goals: Goals;
  /** Of added time only. */
  readonly minutes?: number;
}
