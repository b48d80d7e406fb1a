import type { Manner } from "./incident.ts";

/** What a goal means for the score; said after the goal itself. */
export type GoalTail = "tailLevel" | "tailAhead" | "tailFurther" | "tailNearer";
export type PhraseKey = Manner | GoalTail;

/**
 * Ways to say each thing. Placeholders: `{player}` and `{other}` are family names, `{fullPlayer}`
 * and `{fullOther}` whole ones, `{team}` whose incident it is, `{opponent}`, `{home}`, `{away}`,
 * `{scoreline}` both teams with the score between, `{minute}` and `{added}` with their unit.
 */
export type Phrases = Readonly<Record<PhraseKey, readonly string[]>>;
