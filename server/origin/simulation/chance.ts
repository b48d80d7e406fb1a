import type { Rng } from "../../../shared/core/rng.ts";

/** True with this probability. */
export function happens(rng: Rng, probability: number): boolean {
  return rng.float() < probability;
}

/** A whole number from `lowest` to `highest`, all equally likely. */
export function between(rng: Rng, lowest: number, highest: number): number {
  return lowest + Math.floor(rng.float() * (highest - lowest + 1));
}

/** The time to the next event of a Poisson process of `rate` events per unit; never 0. */
export function waitFor(rng: Rng, rate: number): number {
  return -Math.log(1 - rng.float()) / rate;
}

/**
 * One of `choices`, with a probability in proportion to its weight. @throws RangeError when no
 * weight is above 0.
 */
export function pickWeighted<Choice>(
  rng: Rng,
  choices: readonly Choice[],
  weightOf: (choice: Choice) => number,
): Choice {
  const total = choices.reduce((sum, choice) => sum + weightOf(choice), 0);
  if (!(total > 0)) throw new RangeError("Nothing to pick from");
  let rest = rng.float() * total;
  for (const choice of choices) {
    rest -= weightOf(choice);
    if (rest < 0) return choice;
  }
  // After rounding errors a tiny rest may be left: the last possible choice is returned.
  return choices.findLast((choice) => weightOf(choice) > 0)!;
}

/** A copy in random order (Fisher-Yates). */
export function shuffle<Item>(rng: Rng, items: readonly Item[]): Item[] {
  const shuffled = [...items];
  for (let index = shuffled.length - 1; index > 0; index--) {
    const other = between(rng, 0, index);
    [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
  }
  return shuffled;
}
