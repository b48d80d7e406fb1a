/*
 * The full-text index of the search, in SQLite (FTS5), in memory.
 *
 * In: broadcasts that come, change and go, and texts that people type. Out: the ids of what they mean. It
 * implements BroadcastSearch (`server/directory/broadcast_search.ts`), with the vocabulary of `../`.
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { BroadcastSearch, Searchable } from "../../broadcast_search.ts";
import { wholeWords, withBeginnings, wordsAskedFor } from "../query.ts";
import { Vocabulary } from "../vocabulary.ts";
import { wordsOf } from "../words.ts";

/**
 * Words come folded and parted by spaces, and the tokenizer `ascii` takes them just so: what is a letter is
 * decided in one place. The texts themselves are not kept.
 */
const SCHEMA = `CREATE VIRTUAL TABLE entry USING fts5(names, sport,
  content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3')`;
/** A word in a name says more than one in the sport. */
const RANKING = "INSERT INTO entry(entry, rank) VALUES ('rank', 'bm25(4.0, 1.0)')";

/**
 * So many are ranked, and found at most. To rank all that have a usual word takes many times as long (20 ms for
 * 15 000), and nobody reads as many.
 */
const MOST_RANKED = 1000;
/** Of those that rank the same the newest comes first. */
const FIND = `SELECT rowid FROM
  (SELECT rowid, rank FROM entry WHERE entry MATCH ? ORDER BY rowid DESC LIMIT ${MOST_RANKED})
  ORDER BY rank, rowid DESC`;

interface Indexed {
  readonly row: number;
  /** What it was indexed for, in one text. */
  readonly text: string;
  /** The words that the vocabulary counts. */
  readonly counted: readonly string[];
}

/** Finds broadcasts by words that may be misspelt, incomplete, without accents and in any case. */
export class BroadcastIndex implements BroadcastSearch {
  readonly #database = new DatabaseSync(":memory:");
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #find: StatementSync;
  readonly #vocabulary = new Vocabulary();
  readonly #indexed = new Map<string, Indexed>();
  readonly #ids = new Map<number, string>();
  #rows = 0;

  constructor() {
    this.#database.exec(`${SCHEMA}; ${RANKING}`);
    this.#insert = this.#database.prepare(
      "INSERT INTO entry(rowid, names, sport) VALUES (?, ?, ?)",
    );
    this.#delete = this.#database.prepare("DELETE FROM entry WHERE rowid = ?");
    this.#find = this.#database.prepare(FIND);
  }

  put({ id, title, sport, home, away }: Searchable): void {
    const text = JSON.stringify([title, sport, home, away]);
    const known = this.#indexed.get(id);
    // A heartbeat changes no word.
    if (known?.text === text) return;
    this.remove(id);
    this.#begin();
    const [names, sports] = [wordsOf(`${title} ${home} ${away}`), wordsOf(sport)];
    // It keeps its place among equal ones.
    const row = known?.row ?? this.#rows++;
    this.#insert.run(row, names.join(" "), sports.join(" "));
    const counted = this.#vocabulary.add(new Set([...names, ...sports]));
    this.#indexed.set(id, { row, text, counted });
    this.#ids.set(row, id);
  }

  remove(id: string): void {
    const known = this.#indexed.get(id);
    if (!known) return;
    this.#begin();
    this.#delete.run(known.row);
    this.#indexed.delete(id);
    this.#ids.delete(known.row);
    this.#vocabulary.remove(known.counted);
  }

  find(text: string, limit: number): readonly string[] {
    const words = wordsAskedFor(text, this.#vocabulary);
    if (words.length === 0) return [];
    if (this.#database.isTransaction) this.#database.exec("COMMIT");
    const rows = this.#ranked(withBeginnings(words));
    // The newest of so many may not be those that have the very words, so these are looked for alone.
    const first = rows.length < MOST_RANKED ? [] : this.#ranked(wholeWords(words));
    const best = [...new Set([...first, ...rows])].slice(0, limit);
    return best.map((row) => this.#ids.get(row)!);
  }

  /** @returns rows, the best first */
  #ranked(query: string): readonly number[] {
    return this.#find.all(query).map(({ rowid }) => Number(rowid));
  }

  /** All changes until the next search are one transaction: a hundred thousand alone take many seconds. */
  #begin(): void {
    if (!this.#database.isTransaction) this.#database.exec("BEGIN");
  }
}
