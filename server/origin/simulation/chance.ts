import type { Rng } from "../../../shared/core/rng.ts";

/** True once in `1 / probability` times. */
export function happens(rng: Rng, probability: number): boolean {
  return rng.float() < probability;
}

/** A whole number from `lowest` to `highest`, each as likely as the next. */
export function between(rng: Rng, lowest: number, highest: number): number {
  return lowest + Math.floor(rng.float() * (highest - lowest + 1));
}

/** The wait for something that happens `rate` times a unit, of nothing but chance; never 0. */
export function waitFor(rng: Rng, rate: number): number {
  return -Math.log(1 - rng.float()) / rate;
}

/** One of `choices`, as likely as its weight says; some weight must be above 0. */
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
  // Rounding may leave a hair's breadth over: it belongs to the last that can be picked.
  return choices.findLast((choice) => weightOf(choice) > 0)!;
}

/** A copy in an order of chance (Fisher-Yates). */
export function shuffle<Item>(rng: Rng, items: readonly Item[]): Item[] {
  const shuffled = [...items];
  for (let index = shuffled.length - 1; index > 0; index--) {
    const other = between(rng, 0, index);
    [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
  }
  return shuffled;
}
