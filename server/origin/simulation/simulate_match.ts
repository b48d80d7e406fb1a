import { SeededRng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { EVENT_TYPES, formatScore } from "../../../shared/event/event.ts";
import { fitEvent, type TimelineStep } from "../timeline/new_event.ts";
import { type Incident, MANNERS } from "./incident.ts";
import { Phrasebook } from "./phrasebook.ts";
import { playMatch } from "./play_match.ts";
import { type Language, TITLES } from "../timeline/titles.ts";

export interface SimulationOptions {
  /** The teams' names. */
  readonly home: string;
  readonly away: string;
  /** The same seed gives the same match, in whichever language. */
  readonly seed: number;
  readonly language: Language;
}

/** A step whose place in time is known: since the kick-off, half-time included. */
export type SimulatedStep = TimelineStep & { readonly at: Millis };

/** So that the words chosen never change what happens. */
const WORDS_SEED_OFFSET = 0x5eed_0001;

/**
 * Tells a made-up match from kick-off to full time: about 90 events, each with the score after it.
 *
 * @throws RangeError when a team's name is so long that no event would fit a datagram.
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
        origin: incident.side ? teams[incident.side] : "",
        clock: formatClock(incident),
        period: incident.period,
      },
    });
    if (event === undefined) throw new RangeError("A team's name is too long for an event");
    yield { ...event, at: incident.at };
  }
}

function formatClock({ clockSeconds }: Incident): string {
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  return `${twoDigits(Math.floor(clockSeconds / 60))}:${twoDigits(clockSeconds % 60)}`;
}
