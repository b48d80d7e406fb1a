import type { Rng } from "../../../shared/core/rng.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** A word with one letter left out, added, replaced, or swapped with the next; the first one stays. */
export function misspell(word: string, rng: Rng): string {
  const below = (count: number) => Math.floor(rng.float() * count);
  const at = 1 + below(word.length - 1);
  const letter = LETTERS[below(LETTERS.length)]!;
  const [before, rest] = [word.slice(0, at), word.slice(at)];
  const ways = [
    before + rest.slice(1),
    before + letter + rest,
    before + letter + rest.slice(1),
    before + rest.slice(1, 2) + rest.slice(0, 1) + rest.slice(2),
  ];
  return ways[below(ways.length)]!;
}
