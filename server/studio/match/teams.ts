import type { Millis } from "../../../shared/core/units.ts";
import { teamNamesProblem, tidyTeamNames } from "../../../shared/studio/team_names.ts";
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
    const names = tidyTeamNames(given);
    if (names.home === this.home && names.away === this.away) return undefined;
    const problem = teamNamesProblem(names);
    if (problem !== undefined) return problem;
    if (now - this.#namedAt < LEAST_APART_MILLIS) {
      return "The teams were named a moment ago: try again in a second";
    }
    this.#names = names;
    this.#namedAt = now;
    return undefined;
  }
}
