import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { BroadcastSearch, Searchable } from "../broadcast_search.ts";

/** More words than a person types; each costs a search. */
const MAX_WORDS = 12;

/** Words and beginnings of words by SQLite's FTS5, without accents and case; in memory. */
export class SqliteSearch implements BroadcastSearch {
  readonly #database = new DatabaseSync(":memory:");
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #find: StatementSync;
  /** The row of each broadcast, and its words, to leave alone what did not change. */
  readonly #rows = new Map<string, { readonly row: number | bigint; readonly words: string }>();

  constructor() {
    this.#database.exec(
      `CREATE VIRTUAL TABLE words USING fts5(id UNINDEXED, title, sport, home, away,
        tokenize = "unicode61 remove_diacritics 2", prefix = '2 3')`,
    );
    this.#insert = this.#database.prepare("INSERT INTO words VALUES (?, ?, ?, ?, ?)");
    this.#delete = this.#database.prepare("DELETE FROM words WHERE rowid = ?");
    this.#find = this.#database.prepare(
      "SELECT id FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?",
    );
  }

  put({ id, title, sport, home, away }: Searchable): void {
    const words = JSON.stringify([title, sport, home, away]);
    if (this.#rows.get(id)?.words === words) return;
    this.remove(id);
    const { lastInsertRowid } = this.#insert.run(id, title, sport, home, away);
    this.#rows.set(id, { row: lastInsertRowid, words });
  }

  remove(id: string): void {
    const known = this.#rows.get(id);
    if (!known) return;
    this.#delete.run(known.row);
    this.#rows.delete(id);
  }

  find(text: string, limit: number): readonly string[] {
    // Only letters and digits: nothing of FTS5's own language is left.
    const words = text.normalize("NFKC").match(/[\p{L}\p{N}\p{M}]+/gu)?.slice(0, MAX_WORDS) ?? [];
    if (words.length === 0) return [];
    const query = words.map((word) => `"${word}"*`).join(" ");
    return this.#find.all(query, limit).map(({ id }) => String(id));
  }
}
