import type { Rng } from "../../../shared/core/rng.ts";
import { attempt, corner, offside } from "./attacks.ts";
import { between, happens, pickWeighted, shuffle, waitFor } from "./chance.ts";
import { dissent, foul, injury } from "./fouls.ts";
import type { Incident } from "./incident.ts";
import { HALF_SECONDS, MatchState } from "./match_state.ts";
import { type Opening, RATES_PER_MINUTE } from "./rates.ts";
import { makeSides, type Side, type SideName } from "./squad.ts";
import {
  type PlannedWindow,
  planWindows,
  substituteAtHalfTime,
  useWindow,
} from "./substitutions.ts";

const OPENINGS = Object.keys(RATES_PER_MINUTE) as Opening[];
const TOTAL_RATE = Object.values(RATES_PER_MINUTE).reduce((sum, rate) => sum + rate, 0);
/** Seconds without an incident after a sequence of incidents, and before a substitution. */
const SHORTEST_LULL = 10;
/** A comment needs this many seconds without an incident before it. */
const QUIET_SECONDS = 50;

/**
 * Plays a match from kick-off to full time. Sequences of incidents begin at random, at the rates of
 * real matches; each sequence then decides what follows in it (a card, a corner, a penalty).
 */
export function* playMatch(
  rng: Rng,
  teams: Readonly<Record<SideName, string>>,
): Generator<Incident, void> {
  const sides = makeSides(rng, teams);
  const match = new MatchState(rng, sides);
  const [first, second] = shuffle(rng, [sides.home, sides.away]) as [Side, Side];
  yield match.incident("kickOff", { side: first });
  yield* playHalf(match, []);
  yield match.incident("halfTime");

  match.startSecondHalf();
  yield match.incident("secondHalf", { side: second });
  for (const side of [first, second]) yield* substituteAtHalfTime(match, side);
  yield* playHalf(match, planWindows(rng, [first, second]));
  const isDrawn = match.goals[0] === match.goals[1];
  yield match.incident(isDrawn ? "fullTimeDrawn" : "fullTimeWon", { side: winnerOf(match) });
}

/** Plays one half; `windows` are the planned substitutions. */
function* playHalf(match: MatchState, windows: PlannedWindow[]): Generator<Incident> {
  const regularEnd = match.period * HALF_SECONDS;
  let end = Infinity;
  for (;;) {
    const next = match.clockSeconds + SHORTEST_LULL + 60 * waitFor(match.rng, TOTAL_RATE);
    const window = windows[0];
    const soonest = Math.min(next, window?.clockSeconds ?? Infinity);
    if (end === Infinity && soonest >= regularEnd) {
      match.moveTo(regularEnd);
      const minutes = addedMinutes(match);
      end = regularEnd + minutes * 60 + between(match.rng, 5, 40);
      yield match.incident("addedTime", { minutes });
    } else if (soonest >= end) break;
    else if (window && window.clockSeconds <= next) {
      windows.shift();
      match.moveTo(Math.max(window.clockSeconds, match.clockSeconds + SHORTEST_LULL));
      yield* useWindow(match, window);
    } else yield* play(match, next);
  }
  match.moveTo(end);
}

/** Plays the sequence of incidents that begins at `clockSeconds`. */
function* play(match: MatchState, clockSeconds: number): Generator<Incident> {
  const { rng } = match;
  const opening = pickWeighted(rng, OPENINGS, (name) => RATES_PER_MINUTE[name]);
  const quietSeconds = clockSeconds - match.clockSeconds;
  match.moveTo(clockSeconds);
  const attacker = pickSide(match);
  switch (opening) {
    case "attack":
      return yield* ifStrong(match, attacker, () => attempt(match, attacker, "open"));
    case "corner":
      return yield* ifStrong(match, attacker, () => corner(match, attacker));
    case "offside":
      return yield* offside(match, attacker);
    case "foul":
      return yield* foul(match, match.opponentOf(attacker));
    case "injury":
      return yield* injury(match, attacker);
    case "dissent":
      return yield* dissent(match, attacker);
    case "note":
      if (quietSeconds >= QUIET_SECONDS) yield note(match, attacker);
  }
}

/** Picks a side in proportion to how often it attacks. */
function pickSide(match: MatchState): Side {
  return pickWeighted(
    match.rng,
    [match.sides.home, match.sides.away],
    (side) => match.attackFactor(side),
  );
}

/** Two weak or shorthanded teams attack less often in total. */
function* ifStrong(
  match: MatchState,
  side: Side,
  happening: () => Generator<Incident>,
): Generator<Incident> {
  const factors = match.attackFactor(side) + match.attackFactor(match.opponentOf(side));
  if (happens(match.rng, factors / 3)) yield* happening();
}

function note(match: MatchState, side: Side): Incident {
  if (happens(match.rng, 0.5)) return match.incident("notePossession", { side });
  if (match.goals[0] === match.goals[1]) return match.incident("noteLevel");
  return match.incident("noteAhead", { side: winnerOf(match) });
}

function winnerOf(match: MatchState): Side | undefined {
  return Object.values(match.sides).find((side) => match.lead(side) > 0);
}

/** Added time in minutes, from 1 to 9: part of the time lost to stoppages. */
function addedMinutes({ stoppageSeconds, period }: MatchState): number {
  const usual = period === 1 ? 0.5 : 1.5;
  return Math.max(1, Math.min(9, Math.round(usual + 0.5 * stoppageSeconds / 60)));
}
