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
/** An edit changes at most so many: those around two neighbours that are swapped. */
const EDITED_TRIGRAMS = 4;
/** Many times as many as there are in names; only somebody who makes words up brings more. */
const MOST_WORDS = 200_000;

interface Entry {
  readonly word: string;
  /** How many broadcasts have the word. */
  broadcasts: number;
  /** Larger for the word that came later. */
  readonly arrival: number;
  /** Trigrams that it shares with the word that is being corrected; else 0. Kept here, for speed, and not in a map. */
  shared: number;
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
      else this.#enter({ word, broadcasts: 1, arrival: this.#arrivals++, shared: 0 });
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
    return this.#nearest(word, most)?.entry.word ?? word;
  }

  /** Those that share most trigrams come first, so that few words are compared letter by letter. */
  #nearest(word: string, most: number): Correction | undefined {
    const trigrams = trigramsOf(word);
    let best: Correction | undefined;
    for (const [missing, entries] of this.#byMissing(trigrams, word.length, most).entries()) {
      // Each edit takes up to four trigrams away.
      if (missing > EDITED_TRIGRAMS * (best?.edits ?? most)) break;
      for (const entry of entries) {
        const edits = editsBetween(word, entry.word, best?.edits ?? most);
        if (edits === undefined) continue;
        const found = { entry, edits };
        if (!best || isBetter(found, best)) best = found;
      }
    }
    return best;
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

  /** The words of nearly the same length that have some of the trigrams, by how many of them they have not. */
  #byMissing(trigrams: ReadonlySet<string>, length: number, most: number): readonly Entry[][] {
    const near: Entry[] = [];
    for (const trigram of trigrams) {
      for (const entry of this.#byTrigram.get(trigram) ?? []) {
        if (entry.shared++ === 0) near.push(entry);
      }
    }
    const byMissing: Entry[][] = Array.from(trigrams, () => []);
    for (const entry of near) {
      const missing = trigrams.size - entry.shared;
      entry.shared = 0;
      if (Math.abs(entry.word.length - length) <= most) byMissing[missing]!.push(entry);
    }
    return byMissing;
  }
}

/**
 * A word of n letters has n + 2 trigrams, of which (n + 1) / 4 edits leave one at least: no correction is lost
 * by looking only at words that share one.
 */
function editsAllowed(word: string): number {
  // A number is not a misspelling of another.
  if (word.length < LEAST_CORRECTED || /\p{N}/u.test(word)) return 0;
  return Math.min(MOST_EDITS, Math.floor((word.length + 1) / EDITED_TRIGRAMS));
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
