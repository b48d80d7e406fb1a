import type { Rng } from "../../../shared/core/rng.ts";
import { between, happens } from "./chance.ts";
import type { Incident } from "./incident.ts";
import type { MatchState } from "./match_state.ts";
import { CHANCES } from "./rates.ts";
import { MAX_WINDOWS, type Player, type Position, type Side } from "./squad.ts";

const LEAVERS: Readonly<Record<Position, number>> = {
  keeper: 0,
  defender: 1,
  midfielder: 3,
  forward: 3,
};
/** For each window, the first and last minute in which it is used. */
const WINDOW_MINUTES = [[54, 66], [66, 77], [76, 88]] as const;

/** A stoppage in which a side plans to replace `count` players. */
export interface PlannedWindow {
  readonly clockSeconds: number;
  readonly side: Side;
  readonly count: number;
}

/** The planned substitutions of the second half, in order of time. */
export function planWindows(rng: Rng, sides: readonly Side[]): PlannedWindow[] {
  const planned = sides.flatMap((side) =>
    WINDOW_MINUTES.map(([first, last]): PlannedWindow => ({
      clockSeconds: between(rng, first * 60, last * 60),
      side,
      count: between(rng, 1, 2),
    }))
  );
  return planned.sort((one, other) => one.clockSeconds - other.clockSeconds);
}

/** Uses one window of one side, if the side may still substitute. */
export function* useWindow(match: MatchState, { side, count }: PlannedWindow): Generator<Incident> {
  if (side.windowCount >= MAX_WINDOWS || !side.canSubstitute()) return;
  side.windowCount++;
  yield* substituteSome(match, side, count);
}

/** Substitutions at half-time, which use no window. */
export function* substituteAtHalfTime(match: MatchState, side: Side): Generator<Incident> {
  if (!happens(match.rng, CHANCES.substitutionAtHalfTime)) return;
  match.pass(2, 4);
  yield* substituteSome(match, side, between(match.rng, 1, 2));
}

/** Replaces an injured player; without a substitution left the player stays on. */
export function* substituteInjured(
  match: MatchState,
  side: Side,
  player: Player,
): Generator<Incident> {
  if (side.windowCount >= MAX_WINDOWS || !side.canSubstitute()) return;
  side.windowCount++;
  match.stoppageSeconds += 30;
  const coming = side.substitute(match.rng, player);
  yield match.incident("substitutionInjury", { side, player: coming, other: player });
}

function* substituteSome(match: MatchState, side: Side, count: number): Generator<Incident> {
  for (let change = 0; change < count && side.canSubstitute(); change++) {
    if (change > 0) match.pass(3, 8);
    match.stoppageSeconds += 25;
    const leaving = side.pickOutfielder(match.rng, LEAVERS, (player) => {
      if (side.broughtOn.has(player)) return 0.01;
      return side.booked.has(player) ? 2 : 1;
    });
    const coming = side.substitute(match.rng, leaving);
    yield match.incident("substitution", { side, player: coming, other: leaving });
  }
}
