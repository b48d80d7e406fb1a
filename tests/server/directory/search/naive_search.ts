import type { Searchable } from "../../../../server/directory/broadcast_search.ts";
import { editsBetween } from "../../../../server/directory/search/edits.ts";
import { wordsOf } from "../../../../server/directory/search/words.ts";

/** The words in the order in which they came, each with how many broadcasts have it; looks at every word. */
export class NaiveVocabulary {
  readonly counts = new Map<string, number>();

  add(words: readonly string[]): void {
    for (const word of words) this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
  }

  remove(words: readonly string[]): void {
    for (const word of words) {
      const count = this.counts.get(word)! - 1;
      if (count === 0) this.counts.delete(word);
      else this.counts.set(word, count);
    }
  }

  correct(word: string): string {
    const known = [...this.counts.keys()];
    if (word.length < 4 || /\p{N}/u.test(word)) return word;
    if (known.some((other) => other.startsWith(word))) return word;
    const most = word.length < 7 ? 1 : word.length < 11 ? 2 : 3;
    const ranked = known.map((other, arrival) => {
      const edits = editsBetween(word, other, most) ?? Infinity;
      return { other, edits, broadcasts: this.counts.get(other)!, arrival };
    });
    ranked.sort((one, other) =>
      one.edits - other.edits || other.broadcasts - one.broadcasts || other.arrival - one.arrival
    );
    return ranked[0] && ranked[0].edits < Infinity ? ranked[0].other : word;
  }
}

/** Which broadcasts have all words of the text, corrected, in no order. */
export function naiveFind(broadcasts: readonly Searchable[], text: string): string[] {
  const entries = broadcasts.map(({ id, title, home, away, sport }) => {
    return { id, words: wordsOf(`${title} ${home} ${away} ${sport}`) };
  });
  const vocabulary = new NaiveVocabulary();
  for (const { words } of entries) vocabulary.add(words);
  const asked = wordsOf(text).map((word) => vocabulary.correct(word));
  if (asked.length === 0) return [];
  return entries.filter(({ words }) =>
    asked.every((word) => words.some((other) => other.startsWith(word)))
  ).map(({ id }) => id);
}
