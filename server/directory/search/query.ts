import type { Vocabulary } from "./vocabulary.ts";
import { wordsOf } from "./words.ts";

/** In UTF-16 units; what is over is left off. */
const MAX_LENGTH = 200;
/** More than a person types; each costs a correction and a search. */
const MAX_WORDS = 12;

/** What stands between two teams; titles have one or the other, so it is not looked for beside their names. */
const BETWEEN_TEAMS = ["x", "v", "vs"];

/** The words that a text asks for, corrected. */
export function wordsAskedFor(text: string, vocabulary: Vocabulary): readonly string[] {
  const words = wordsOf(text.slice(0, MAX_LENGTH));
  const names = words.filter((word) => !BETWEEN_TEAMS.includes(word));
  const asked = (names.length > 0 ? names : words).slice(0, MAX_WORDS);
  return [...new Set(asked.map((word) => vocabulary.correct(word)))];
}

/**
 * What FTS5 looks for: all words, each whole or as a beginning; a whole one counts more.
 *
 * @param words of `wordsOf`: letters and digits only.
 */
export function withBeginnings(words: readonly string[]): string {
  return words.map((word) => `("${word}" OR "${word}"*)`).join(" AND ");
}

/** The same with whole words only. */
export function wholeWords(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(" AND ");
}
