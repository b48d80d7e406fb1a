import { fitsTeamName, MAX_TEAM_NAME_LENGTH } from "../admission/admission_info.ts";
import { plainText } from "../text/plain_text.ts";

export interface TeamNames {
  readonly home: string;
  readonly away: string;
}

/** As they are kept and shown: without spaces around them, and without what turns the text of others. */
export function tidyTeamNames({ home, away }: TeamNames): TeamNames {
  return { home: tidy(home), away: tidy(away) };
}

/** @param names tidy ones. @returns why teams can't have them, for who typed them; undefined when they can. */
export function teamNamesProblem({ home, away }: TeamNames): string | undefined {
  if (home === "" || away === "") return "Give both teams a name";
  if (home === away) return "Give the teams different names: events tell them apart by these";
  if (fitsTeamName(home) && fitsTeamName(away)) return undefined;
  return `A team's name has at most ${MAX_TEAM_NAME_LENGTH} characters; those of some scripts count twice or more`;
}

function tidy(name: string): string {
  return plainText(name.toWellFormed()).trim();
}
