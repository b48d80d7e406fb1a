/*
 * The directory's search: which broadcasts are meant by words that people type, misspelt too.
 *
 * In: the words of broadcasts, as they come and go, and the text of a query. Out: the broadcasts, best first.
 * Two stages: each word of the query that no broadcast has is corrected against the words that there are
 * (vocabulary.ts, this file; edits.ts says how far two words are apart), then a full-text index finds the
 * broadcasts that have all of them (io/broadcast_index.ts, by SQLite's FTS5). words.ts takes texts apart
 * and query.ts reads a query. All but io/ only computes. What implements the directory's BroadcastSearch is
 * io/broadcast_index.ts. Read next: query.ts.
 */

import { editsBetween } from "./edits.ts";

/** A word of so few letters is close to too many others. */
const LEAST_CORRECTED = 4;
const MOST_EDITS = 3;
/** Many times as many as there are in names; only somebody who makes words up brings more. */
const MOST_WORDS = 200_000;

interface Entry {
  readonly word: string;
  /** How many broadcasts have the word. */
  broadcasts: number;
  /** Larger for the word that came later. */
  readonly arrival: number;
}

interface Correction {
  readonly entry: Entry;
  readonly edits: number;
}

/** The words of all broadcasts, up to a number. */
export class Vocabulary {
  readonly #mostWords: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byTrigram = new Map<string, Set<Entry>>();
  #arrivals = 0;

  constructor(mostWords = MOST_WORDS) {
    this.#mostWords = mostWords;
  }

  /**
   * @param words of one broadcast, each once.
   * @returns those that it counts, to be given to `remove`: a full vocabulary takes no new word.
   */
  add(words: Iterable<string>): readonly string[] {
    const counted: string[] = [];
    for (const word of words) {
      const entry = this.#entries.get(word);
      if (!entry && this.#entries.size >= this.#mostWords) continue;
      if (entry) entry.broadcasts++;
      else this.#enter({ word, broadcasts: 1, arrival: this.#arrivals++ });
      counted.push(word);
    }
    return counted;
  }

  /** @param words that `add` returned. */
  remove(words: Iterable<string>): void {
    for (const word of words) {
      const entry = this.#entries.get(word);
      if (entry && --entry.broadcasts === 0) this.#forget(entry);
    }
  }

  /** The words and how many broadcasts have each. */
  *counts(): Generator<readonly [word: string, broadcasts: number]> {
    for (const { word, broadcasts } of this.#entries.values()) yield [word, broadcasts];
  }

  /**
   * The word that was meant: itself when it is in the vocabulary or begins a word of it, else the one with the
   * fewest edits; of these the one that most broadcasts have, then the one that came last. It stays
   * itself when none is near enough.
   */
  correct(word: string): string {
    if (this.#entries.has(word)) return word;
    const most = editsAllowed(word);
    if (most === 0 || this.#begins(word)) return word;
    let best: Correction | undefined;
    for (const entry of this.#near(word, most)) {
      const edits = editsBetween(word, entry.word, best?.edits ?? most);
      if (edits === undefined) continue;
      const found = { entry, edits };
      if (!best || isBetter(found, best)) best = found;
    }
    return best?.entry.word ?? word;
  }

  #enter(entry: Entry): void {
    this.#entries.set(entry.word, entry);
    for (const trigram of trigramsOf(entry.word)) {
      const entries = this.#byTrigram.get(trigram);
      if (entries) entries.add(entry);
      else this.#byTrigram.set(trigram, new Set([entry]));
    }
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.word);
    for (const trigram of trigramsOf(entry.word)) {
      const entries = this.#byTrigram.get(trigram);
      entries?.delete(entry);
      if (entries?.size === 0) this.#byTrigram.delete(trigram);
    }
  }

  #begins(word: string): boolean {
    const entries = this.#byTrigram.get(word.slice(-3)) ?? [];
    for (const entry of entries) if (entry.word.startsWith(word)) return true;
    return false;
  }

  /** The words of nearly the same length that share a trigram with it. */
  #near(word: string, most: number): ReadonlySet<Entry> {
    const near = new Set<Entry>();
    for (const trigram of trigramsOf(word)) {
      for (const entry of this.#byTrigram.get(trigram) ?? []) {
        if (Math.abs(entry.word.length - word.length) <= most) near.add(entry);
      }
    }
    return near;
  }
}

/**
 * A word of n letters has n + 2 trigrams and an edit changes at most four of them, so at (n + 1) / 4 edits one
 * at least is left: no correction is lost by looking only at words that share one.
 */
function editsAllowed(word: string): number {
  // A number is not a misspelling of another.
  if (word.length < LEAST_CORRECTED || /\p{N}/u.test(word)) return 0;
  return Math.min(MOST_EDITS, Math.floor((word.length + 1) / 4));
}

function isBetter(one: Correction, other: Correction): boolean {
  if (one.edits !== other.edits) return one.edits < other.edits;
  if (one.entry.broadcasts !== other.entry.broadcasts) {
    return one.entry.broadcasts > other.entry.broadcasts;
  }
  return one.entry.arrival > other.entry.arrival;
}

/** Each three letters in a row, with two spaces before the word and two behind. */
function trigramsOf(word: string): ReadonlySet<string> {
  const padded = `  ${word}  `;
  const trigrams = new Set<string>();
  for (let start = 0; start + 3 <= padded.length; start++) {
    trigrams.add(padded.slice(start, start + 3));
  }
  return trigrams;
}
