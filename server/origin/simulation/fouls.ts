import { attempt, penaltyKick } from "./attacks.ts";
import { happens } from "./chance.ts";
import type { Incident } from "./incident.ts";
import type { MatchState } from "./match_state.ts";
import { BOOKED_FACTORS, CHANCES } from "./rates.ts";
import type { Player, Position, Side } from "./squad.ts";
import { substituteInjured } from "./substitutions.ts";

const FOULERS: Readonly<Record<Position, number>> = {
  keeper: 0,
  defender: 3,
  midfielder: 3.5,
  forward: 2.5,
};
const FOULED: Readonly<Record<Position, number>> = {
  keeper: 0,
  defender: 1.5,
  midfielder: 3.5,
  forward: 4,
};
const ANYONE: Readonly<Record<Position, number>> = {
  keeper: 0,
  defender: 1,
  midfielder: 1,
  forward: 1,
};

/** A foul by `side`, the card that may follow, and the free kick or penalty of the other team. */
export function* foul(match: MatchState, side: Side): Generator<Incident> {
  const { rng } = match;
  const opponent = match.opponentOf(side);
  const player = side.pickOutfielder(
    rng,
    FOULERS,
    (fouler) => side.booked.has(fouler) ? BOOKED_FACTORS.foul : 1,
  );
  const victim = opponent.pickOutfielder(rng, FOULED);
  const isPenalty = happens(rng, CHANCES.penaltyAfterFoul);
  yield match.incident("foul", { side, player, other: victim });
  match.stoppageSeconds += 4;
  if (isPenalty) {
    match.pass(6, 12);
    yield match.incident("penalty", { side: opponent, player: victim });
  }
  yield* perhapsCard(match, side, player, isPenalty);
  if (isPenalty) {
    match.pass(40, 80);
    match.stoppageSeconds += 60;
    return yield* penaltyKick(match, opponent);
  }
  if (happens(rng, CHANCES.injuryAfterFoul)) {
    match.pass(10, 20);
    yield* injury(match, opponent, victim);
  }
  if (happens(rng, CHANCES.freeKickShot)) {
    match.pass(35, 60);
    yield* attempt(match, opponent, "freeKick");
  }
}

/** A yellow card for dissent. */
export function* dissent(match: MatchState, side: Side): Generator<Incident> {
  const player = side.pickOutfielder(
    match.rng,
    ANYONE,
    (talker) => side.booked.has(talker) ? 0.01 : 1,
  );
  yield* yellowCard(match, side, player, "yellowDissent");
}

/** An injury, and the substitution that may follow. */
export function* injury(
  match: MatchState,
  side: Side,
  player = side.pickOutfielder(match.rng, ANYONE),
): Generator<Incident> {
  yield match.incident("injury", { side, player });
  match.pass(45, 100);
  match.stoppageSeconds += 60;
  if (happens(match.rng, CHANCES.injuryNeedsSubstitute)) {
    yield* substituteInjured(match, side, player);
  }
}

function* perhapsCard(
  match: MatchState,
  side: Side,
  player: Player,
  isPenalty: boolean,
): Generator<Incident> {
  const { rng } = match;
  const chance = isPenalty ? CHANCES.yellowAfterPenaltyFoul : CHANCES.yellowAfterFoul;
  const factor = side.booked.has(player) ? BOOKED_FACTORS.yellow : 1;
  if (match.canSendOff(side) && happens(rng, CHANCES.redAfterFoul)) {
    match.pass(15, 30);
    match.stoppageSeconds += 40;
    side.sendOff(player);
    yield match.incident("redStraight", { side, player });
  } else if (happens(rng, chance * factor)) {
    match.pass(12, 25);
    yield* yellowCard(match, side, player, "yellow");
  }
}

/** A second yellow card is followed by a red card. If no red card is possible, nothing happens. */
function* yellowCard(
  match: MatchState,
  side: Side,
  player: Player,
  manner: "yellow" | "yellowDissent",
): Generator<Incident> {
  match.stoppageSeconds += 15;
  if (!side.booked.has(player)) {
    side.booked.add(player);
    return yield match.incident(manner, { side, player });
  }
  if (!match.canSendOff(side)) return;
  yield match.incident("yellowSecond", { side, player });
  match.pass(3, 6);
  match.stoppageSeconds += 40;
  side.sendOff(player);
  yield match.incident("redSecond", { side, player });
}
