import { foldText } from "../../../shared/directory/keys_and_names.ts";

/** Of a word, more are left off; no name of a team has as many. */
export const MAX_LETTERS = 32;
/** Everything else parts words, so that nothing of a query language is ever in one. */
const WORD = /[\p{L}\p{N}]+/gu;

/** The different words of a text in their order, without accents and case. */
export function wordsOf(text: string): readonly string[] {
  const words = foldText(text).match(WORD) ?? [];
  return [...new Set(words.map(cut))];
}

/** A letter of two UTF-16 units stays whole. */
function cut(word: string): string {
  return word.length <= MAX_LETTERS ? word : [...word].slice(0, MAX_LETTERS).join("");
}
