import { fitsTeamName, MAX_TEAM_NAME_LENGTH } from "../../../shared/admission/admission.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { plainText } from "../../../shared/text/plain_text.ts";
import type { Match } from "../../interface/config.ts";

/** Each change is told to every listener, and none may be lost. A host who types is slower than this. */
const LEAST_APART_MILLIS: Millis = 1000;

/** The two teams, which the host may name while no event names one. */
export class Teams implements Match {
  #names: Match;
  #namedAt: Millis = -Infinity;

  constructor(names: Match) {
    this.#names = names;
  }

  get home(): string {
    return this.#names.home;
  }

  get away(): string {
    return this.#names.away;
  }

  /** @returns why the teams can't have these names; undefined when they have. */
  name(given: Match, now: Millis): string | undefined {
    const [home, away] = [tidy(given.home), tidy(given.away)];
    if (home === this.home && away === this.away) return undefined;
    const problem = problemOf(home, away);
    if (problem !== undefined) return problem;
    if (now - this.#namedAt < LEAST_APART_MILLIS) {
      return "The teams were named a moment ago: try again in a second";
    }
    this.#names = { home, away };
    this.#namedAt = now;
    return undefined;
  }
}

function problemOf(home: string, away: string): string | undefined {
  if (home === "" || away === "") return "Give both teams a name";
  if (home === away) return "Give the teams different names: events tell them apart by these";
  if (fitsTeamName(home) && fitsTeamName(away)) return undefined;
  return `A team's name has at most ${MAX_TEAM_NAME_LENGTH} characters`;
}

function tidy(name: string): string {
  return plainText(name.toWellFormed()).trim();
}
