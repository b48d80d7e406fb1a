import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { between } from "./chance.ts";
import type { Goals, Incident, Manner, Period } from "./incident.ts";
import { CHASING_FACTOR, HOME_ADVANTAGE, SHORTHANDED } from "./rates.ts";
import type { Side, SideName } from "./squad.ts";

export const HALF_SECONDS = 45 * 60;
const HALF_TIME_SECONDS = 15 * 60;
const FULL_SIDE = 11;
/** No red card for a side with fewer players: a match is abandoned below seven. */
const FEWEST_FOR_RED_CARD = 9;

/** The state of a match: clock, score, sides, and the time lost to stoppages. */
export class MatchState {
  period: Period = 1;
  /** The match clock in seconds. */
  clockSeconds = 0;
  /** Time lost in this period, in seconds. */
  stoppageSeconds = 0;
  #goals: Goals = [0, 0];
  #periodBeganAt: Millis = 0;

  constructor(readonly rng: Rng, readonly sides: Readonly<Record<SideName, Side>>) {}

  get goals(): Goals {
    return this.#goals;
  }

  opponentOf(side: Side): Side {
    return side.name === "home" ? this.sides.away : this.sides.home;
  }

  /** How often `side` attacks, relative to an average side. */
  attackFactor(side: Side): number {
    const missing = FULL_SIDE - side.onPitch.length;
    const opponentMissing = FULL_SIDE - this.opponentOf(side).onPitch.length;
    const isLate = this.clockSeconds > 60 * 60;
    return side.strength *
      (side.name === "home" ? HOME_ADVANTAGE : 1 / HOME_ADVANTAGE) *
      (isLate && this.lead(side) < 0 ? CHASING_FACTOR : 1) *
      SHORTHANDED.own ** missing *
      SHORTHANDED.opponent ** opponentMissing;
  }

  /** Goals ahead; negative when behind. */
  lead(side: Side): number {
    const [home, away] = this.#goals;
    return side.name === "home" ? home - away : away - home;
  }

  canSendOff(side: Side): boolean {
    return side.onPitch.length >= FEWEST_FOR_RED_CARD;
  }

  addGoal(side: Side): void {
    const [home, away] = this.#goals;
    this.#goals = side.name === "home" ? [home + 1, away] : [home, away + 1];
  }

  startSecondHalf(): void {
    const playedSeconds = this.clockSeconds;
    this.#periodBeganAt = (playedSeconds + HALF_TIME_SECONDS) * 1000;
    this.period = 2;
    this.clockSeconds = HALF_SECONDS;
    this.stoppageSeconds = 0;
  }

  /** Advances the clock by `shortest` to `longest` seconds. */
  pass(shortest: number, longest: number): void {
    this.clockSeconds += between(this.rng, shortest, longest);
  }

  moveTo(clockSeconds: number): void {
    this.clockSeconds = Math.max(this.clockSeconds + 1, Math.ceil(clockSeconds));
  }

  /** Makes an incident at the current time. */
  incident(
    manner: Manner,
    { side, player, other, minutes }: Partial<
      { side: Side; player: Incident["player"]; other: Incident["player"]; minutes: number }
    > = {},
  ): Incident {
    const periodSeconds = this.clockSeconds - (this.period - 1) * HALF_SECONDS;
    return {
      manner,
      at: this.#periodBeganAt + periodSeconds * 1000,
      period: this.period,
      clockSeconds: this.clockSeconds,
      goals: this.#goals,
      ...(side ? { side: side.name } : {}),
      ...(player ? { player } : {}),
      ...(other ? { other } : {}),
      ...(minutes === undefined ? {} : { minutes }),
    };
  }
}
