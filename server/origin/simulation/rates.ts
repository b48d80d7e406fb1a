/**
 * How often a sequence of incidents begins, per minute of open play, for both teams together. With
 * all that follows, a match has the numbers of top leagues: about 24 fouls, 22 attempts on goal
 * with 2.7 goals, 10 corners, 4 offsides, 4 yellow cards, 0.2 red cards and 0.3 penalties.
 */
export const RATES_PER_MINUTE = {
  attack: 0.372,
  corner: 0.125,
  foul: 0.338,
  offside: 0.058,
  injury: 0.019,
  dissent: 0.005,
  note: 0.24,
} as const;
export type Opening = keyof typeof RATES_PER_MINUTE;

/** The outcome of an attempt on goal, by its origin; the rest goes wide. */
export const ATTEMPT_CHANCES = {
  open: { goal: 0.12, save: 0.29, blocked: 0.22, woodwork: 0.03 },
  corner: { goal: 0.1, save: 0.25, blocked: 0.25, woodwork: 0.03 },
  freeKick: { goal: 0.07, save: 0.33, blocked: 0.25, woodwork: 0.05 },
} as const;
export type AttemptFrom = keyof typeof ATTEMPT_CHANCES;

export const CHANCES = {
  assist: 0.65,
  cornerAfterBlock: 0.4,
  cornerAfterSave: 0.25,
  attemptAfterCorner: 0.27,
  penaltyAfterFoul: 0.0125,
  penaltyGoal: 0.77,
  penaltySave: 0.16,
  freeKickShot: 0.055,
  yellowAfterFoul: 0.15,
  yellowAfterPenaltyFoul: 0.4,
  redAfterFoul: 0.0035,
  injuryAfterFoul: 0.05,
  injuryNeedsSubstitute: 0.35,
  substitutionAtHalfTime: 0.3,
} as const;

/** A booked player commits fewer fouls, and is booked less often for one. */
export const BOOKED_FACTORS = { foul: 0.6, yellow: 0.55 } as const;

export const HOME_ADVANTAGE = 1.12;
/** For a team that is behind in the last half hour. */
export const CHASING_FACTOR = 1.15;
/** A team's share of its usual attacks, and of its opponent's, for each player it is short. */
export const SHORTHANDED = { own: 0.7, opponent: 1.2 } as const;
