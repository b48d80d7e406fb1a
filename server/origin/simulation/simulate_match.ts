/*
 * The simulated match: a whole football match, for a broadcast without a file of events.
 *
 * In: two team names, a language, and a seed. The same seed gives the same match, to the byte.
 * Out: about 90 events with their time since the kick-off, each with the score after it.
 *
 * Read `play_match.ts` next: it plays the match and yields incidents (`incident.ts`), at the rates
 * of `rates.ts`, on the state of `match_state.ts` and `squad.ts`. `attacks.ts`, `fouls.ts` and
 * `substitutions.ts` tell what follows from an incident. `phrasebook.ts` describes each incident
 * with a phrase of `phrases_en.json` or `phrases_pt.json`. `names.ts` has the names of the players,
 * `chance.ts` the random choices.
 */

import { SeededRng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import {
  EVENT_TYPES,
  formatClock,
  formatScore,
  TYPES_OF_BOTH_TEAMS,
} from "../../../shared/event/event.ts";
import { fitEvent, type TimelineStep } from "../timeline/new_event.ts";
import { type Incident, MANNERS } from "./incident.ts";
import type { SideName } from "./squad.ts";
import { Phrasebook } from "./phrasebook.ts";
import { playMatch } from "./play_match.ts";
import { type Language, TITLES } from "../../../shared/event/titles.ts";

export interface SimulationOptions {
  /** The teams' names. */
  readonly home: string;
  readonly away: string;
  /** The same seed gives the same match in both languages. */
  readonly seed: number;
  readonly language: Language;
}

/** A step whose time is always known: since the kick-off, half-time included. */
export type SimulatedStep = TimelineStep & { readonly at: Millis };

/** Phrases use a random sequence of their own, so that the language never changes the match. */
const WORDS_SEED_OFFSET = 0x5eed_0001;

/**
 * Simulates a match from kick-off to full time: about 90 events, each with the score after it.
 *
 * @throws RangeError when a team's name is too long for an event to fit a datagram.
 */
export function* simulateMatch(
  { home, away, seed, language }: SimulationOptions,
): Generator<SimulatedStep, void> {
  const teams = { home, away };
  const phrasebook = new Phrasebook(new SeededRng(seed + WORDS_SEED_OFFSET), language, teams);
  for (const incident of playMatch(new SeededRng(seed), teams)) {
    const type = MANNERS[incident.manner];
    const event = fitEvent({
      type: EVENT_TYPES[type],
      score: formatScore(incident.goals),
      content: phrasebook.say(incident),
      event: {
        type: "event",
        title: TITLES[language][type],
        origin: originOf(incident, teams),
        clock: formatClock(incident.clockSeconds * 1000),
        period: incident.period,
      },
    });
    if (event === undefined) throw new RangeError("A team's name is too long for an event");
    yield { ...event, at: incident.at };
  }
}

/** Kick-off and whistles concern both teams, though the phrase names who kicks off or has won. */
function originOf({ side, manner }: Incident, teams: Readonly<Record<SideName, string>>): string {
  const isOfBoth = TYPES_OF_BOTH_TEAMS.has(EVENT_TYPES[MANNERS[manner]]);
  return side === undefined || isOfBoth ? "" : teams[side];
}
