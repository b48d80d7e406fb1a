import type { Vocabulary } from "./vocabulary.ts";
import { wordsOf } from "./words.ts";

/** In UTF-16 units; what is over is left off. */
const MAX_LENGTH = 200;
/** More than a person types; each costs a correction and a search. */
const MAX_WORDS = 12;

/**
 * The words that a text asks for, corrected.
 *
 * @returns empty when it has no words, or one that is like none of the vocabulary: nothing has them all.
 */
export function readQuery(text: string, vocabulary: Vocabulary): readonly string[] {
  const words = wordsOf(text.slice(0, MAX_LENGTH)).slice(0, MAX_WORDS);
  const corrected = words.map((word) => vocabulary.correct(word));
  return corrected.every((word) => word !== undefined) ? [...new Set(corrected)] : [];
}

/**
 * What FTS5 looks for: all words, each whole or as a beginning; a whole one counts more.
 *
 * @param words of {@linkcode wordsOf}: letters and digits only.
 */
export function fullTextQuery(words: readonly string[]): string {
  return words.map((word) => `("${word}" OR "${word}"*)`).join(" AND ");
}
