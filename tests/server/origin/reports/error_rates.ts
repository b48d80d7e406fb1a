import { neededVotes } from "../../../../server/origin/reports/voting_rule.ts";
import { type Rng, SeededRng } from "../../../../shared/core/rng.ts";

/** How often votes are wrong among so many reporters, each rate in 0 to 1. */
export interface ErrorRates {
  readonly reporters: number;
  readonly needed: number;
  /** All have reported lately; 2 % are wrong, and all of these in the same way. */
  readonly falseAt2Percent: number;
  readonly falseAt5Percent: number;
  /** As `falseAt2Percent`, but nobody had reported for five minutes, so the first to come decide. */
  readonly falseAfterPause: number;
  /** All have reported lately; 60 % of them see the event, and 2 % of these report something else. */
  readonly missed: number;
}

export const CROWDS = [2, 3, 5, 10, 20, 21, 30, 50, 100];
export const TRIALS = 20_000;
const SEED = 14;

/** Simulates the rule itself; the same at each run. */
export function simulateErrorRates(): ErrorRates[] {
  const rng = new SeededRng(SEED);
  const share = (happens: () => boolean) => {
    let times = 0;
    for (let trial = 0; trial < TRIALS; trial++) times += Number(happens());
    return times / TRIALS;
  };
  return CROWDS.map((reporters) => {
    const needed = neededVotes(reporters, 2);
    return {
      ...{ reporters, needed },
      falseAt2Percent: share(() => countOf(rng, reporters, 0.02) >= needed),
      falseAt5Percent: share(() => countOf(rng, reporters, 0.05) >= needed),
      falseAfterPause: share(() => isFalseAfterPause(rng, reporters)),
      missed: share(() => countOf(rng, reporters, 0.6 * 0.98) < needed),
    };
  });
}

/** The same, calculated: the binomial distribution. */
export function atLeast(needed: number, reporters: number, rate: number): number {
  let [term, below] = [(1 - rate) ** reporters, 0];
  for (let votes = 0; votes < needed; votes++) {
    below += term;
    term *= (reporters - votes) / (votes + 1) * rate / (1 - rate);
  }
  return Math.max(0, 1 - below);
}

/** The rows of the table in docs/voting.md. */
export function tableRows(rates: readonly ErrorRates[]): string[][] {
  return rates.map((one) => [
    ...[String(one.reporters), String(one.needed)],
    ...[one.falseAt2Percent, one.falseAt5Percent, one.falseAfterPause, one.missed].map(percent),
  ]);
}

function percent(rate: number): string {
  if (rate === 0) return "none seen";
  return `${(rate * 100).toFixed(2)} %`;
}

function countOf(rng: Rng, people: number, rate: number): number {
  let count = 0;
  for (let one = 0; one < people; one++) count += Number(rng.float() < rate);
  return count;
}

function isFalseAfterPause(rng: Rng, reporters: number): boolean {
  let wrong = 0;
  for (let reported = 1; reported <= reporters; reported++) {
    if (rng.float() >= 0.02) continue;
    wrong++;
    if (wrong >= neededVotes(reported, 2)) return true;
  }
  return false;
}
