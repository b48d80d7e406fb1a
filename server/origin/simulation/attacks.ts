import { happens } from "./chance.ts";
import type { Incident } from "./incident.ts";
import type { MatchState } from "./match_state.ts";
import { ATTEMPT_CHANCES, type AttemptFrom, CHANCES } from "./rates.ts";
import type { Player, Position, Side } from "./squad.ts";

type Weights = Readonly<Record<Position, number>>;

const SHOOTERS: Readonly<Record<AttemptFrom, Weights>> = {
  open: { keeper: 0, defender: 1, midfielder: 3, forward: 7 },
  corner: { keeper: 0, defender: 4, midfielder: 2, forward: 4 },
  freeKick: { keeper: 0, defender: 1, midfielder: 5, forward: 3 },
};
const PENALTY_TAKERS: Weights = { keeper: 0, defender: 1, midfielder: 4, forward: 10 };
const CORNER_TAKERS: Weights = { keeper: 0, defender: 1, midfielder: 8, forward: 2 };
const PASSERS: Weights = { keeper: 0, defender: 2, midfielder: 5, forward: 4 };
const RUNNERS: Weights = { keeper: 0, defender: 0.4, midfielder: 2, forward: 8 };

/** An attempt on goal, and what follows from it. */
export function* attempt(match: MatchState, side: Side, from: AttemptFrom): Generator<Incident> {
  const shooter = side.pickOutfielder(match.rng, SHOOTERS[from]);
  const chances = ATTEMPT_CHANCES[from];
  let luck = match.rng.float();
  if ((luck -= chances.goal) < 0) return yield* goal(match, side, shooter, from);
  if ((luck -= chances.save) < 0) return yield* save(match, side, shooter);
  const of = { side, player: shooter };
  if ((luck -= chances.blocked) < 0) {
    yield match.incident("shotBlocked", of);
    yield* perhapsCorner(match, side, CHANCES.cornerAfterBlock);
  } else if ((luck -= chances.woodwork) < 0) {
    yield match.incident("shotWoodwork", of);
  } else {
    yield match.incident("shotWide", of);
  }
}

/** A corner, and the attempt that may follow. */
export function* corner(match: MatchState, side: Side): Generator<Incident> {
  yield match.incident("corner", { side, player: side.pickOutfielder(match.rng, CORNER_TAKERS) });
  if (!happens(match.rng, CHANCES.attemptAfterCorner)) return;
  match.pass(18, 35);
  yield* attempt(match, side, "corner");
}

export function* offside(match: MatchState, side: Side): Generator<Incident> {
  yield match.incident("offside", { side, player: side.pickOutfielder(match.rng, RUNNERS) });
}

/** The penalty kick, after the incident of the foul. */
export function* penaltyKick(match: MatchState, side: Side): Generator<Incident> {
  const taker = side.pickOutfielder(match.rng, PENALTY_TAKERS);
  const opponent = match.opponentOf(side);
  const luck = match.rng.float();
  if (luck < CHANCES.penaltyGoal) {
    match.addGoal(side);
    match.stoppageSeconds += 40;
    yield match.incident("goalPenalty", { side, player: taker });
  } else if (luck < CHANCES.penaltyGoal + CHANCES.penaltySave) {
    yield match.incident("penaltySaved", { side: opponent, player: opponent.keeper, other: taker });
    yield* perhapsCorner(match, side, CHANCES.cornerAfterSave);
  } else {
    yield match.incident("penaltyMissed", { side, player: taker });
  }
}

function* goal(
  match: MatchState,
  side: Side,
  player: Player,
  from: AttemptFrom,
): Generator<Incident> {
  match.addGoal(side);
  match.stoppageSeconds += 40;
  if (from === "corner") yield match.incident("goalCorner", { side, player });
  else if (from === "freeKick") yield match.incident("goalFreeKick", { side, player });
  else if (happens(match.rng, CHANCES.assist)) {
    const other = side.pickOutfielder(match.rng, PASSERS, (passer) => passer === player ? 0 : 1);
    yield match.incident("goalAssisted", { side, player, other });
  } else yield match.incident("goal", { side, player });
  match.pass(45, 70);
}

function* save(match: MatchState, side: Side, shooter: Player): Generator<Incident> {
  const opponent = match.opponentOf(side);
  yield match.incident("save", { side: opponent, player: opponent.keeper, other: shooter });
  yield* perhapsCorner(match, side, CHANCES.cornerAfterSave);
}

function* perhapsCorner(match: MatchState, side: Side, chance: number): Generator<Incident> {
  if (!happens(match.rng, chance)) return;
  match.pass(12, 25);
  yield* corner(match, side);
}
