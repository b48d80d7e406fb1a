import { pick, type Rng } from "../../../shared/core/rng.ts";
import { pickWeighted, shuffle } from "./chance.ts";
import { FAMILY_NAMES, GIVEN_NAMES } from "./names.ts";

export type SideName = "home" | "away";
export type Position = "keeper" | "defender" | "midfielder" | "forward";

export interface Player {
  /** Given and family name. */
  readonly fullName: string;
  /** The family name, unique in the match. */
  readonly name: string;
  readonly position: Position;
}

export const MAX_SUBSTITUTIONS = 5;
/** Stoppages in which a side may substitute; half-time does not count. */
export const MAX_WINDOWS = 3;

const FORMATION: readonly Position[] = [
  "keeper",
  ...Array<Position>(4).fill("defender"),
  ...Array<Position>(4).fill("midfielder"),
  ...Array<Position>(2).fill("forward"),
];
const BENCH: readonly Position[] = [
  "defender",
  "defender",
  "defender",
  "midfielder",
  "midfielder",
  "midfielder",
  "forward",
  "forward",
];

/** One team during a match: players on the pitch, on the bench, and booked. */
export class Side {
  readonly onPitch: Player[];
  readonly bench: Player[];
  readonly booked = new Set<Player>();
  /** The substitutes who came on during the match. */
  readonly broughtOn = new Set<Player>();
  substitutionCount = 0;
  windowCount = 0;

  constructor(
    readonly name: SideName,
    /** The team's name. */
    readonly team: string,
    players: readonly Player[],
    /** How often the team attacks, relative to an average team. */
    readonly strength: number,
  ) {
    this.onPitch = players.slice(0, FORMATION.length);
    this.bench = players.slice(FORMATION.length);
  }

  get keeper(): Player {
    return this.onPitch.find(({ position }) => position === "keeper")!;
  }

  /** A player on the pitch other than the keeper, with the weight of the position. */
  pickOutfielder(
    rng: Rng,
    weights: Readonly<Record<Position, number>>,
    factor: (player: Player) => number = () => 1,
  ): Player {
    return pickWeighted(
      rng,
      this.onPitch,
      (player) => player.position === "keeper" ? 0 : weights[player.position] * factor(player),
    );
  }

  canSubstitute(): boolean {
    return this.substitutionCount < MAX_SUBSTITUTIONS && this.bench.length > 0;
  }

  /** Replaces `leaving` with a substitute, of the same position if possible. */
  substitute(rng: Rng, leaving: Player): Player {
    const alike = this.bench.filter(({ position }) => position === leaving.position);
    const coming = pick(rng, alike.length > 0 ? alike : this.bench);
    this.bench.splice(this.bench.indexOf(coming), 1);
    this.onPitch[this.onPitch.indexOf(leaving)] = coming;
    this.broughtOn.add(coming);
    this.substitutionCount++;
    return coming;
  }

  sendOff(player: Player): void {
    this.onPitch.splice(this.onPitch.indexOf(player), 1);
  }
}

/** Both sides of a match: either all players are women, or all are men. */
export function makeSides(rng: Rng, teams: Readonly<Record<SideName, string>>): Record<
  SideName,
  Side
> {
  const givenNames = rng.float() < 0.5 ? GIVEN_NAMES.women : GIVEN_NAMES.men;
  const familyNames = shuffle(rng, FAMILY_NAMES);
  const makeSide = (name: SideName, first: number) => {
    const players = [...FORMATION, ...BENCH].map((position, index): Player => {
      const family = familyNames[first + index]!;
      return { fullName: `${pick(rng, givenNames)} ${family}`, name: family, position };
    });
    return new Side(name, teams[name], players, 0.85 + 0.3 * rng.float());
  };
  return { home: makeSide("home", 0), away: makeSide("away", FORMATION.length + BENCH.length) };
}
