import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CommandError } from "../../../../shared/core/errors.ts";
import { parseEvent, serializeEvent, type TimelineEvent } from "../../../../shared/event/event.ts";
import {
  type BroadcastSettings,
  type BroadcastStore,
  type HostKeys,
  type SourcePosition,
  type StoredBroadcast,
  StoreError,
} from "../broadcast_store.ts";
import { damaged, dbError, explain, openBroadcastFile } from "./broadcast_file.ts";
import { readBroadcastRow } from "./broadcast_rows.ts";

interface EventRow {
  readonly count: number;
  readonly json: string;
}

/**
 * Opens `--db FILE`, or makes it. What was kept there is read and checked.
 *
 * @param makeBroadcastId asked when the file is new.
 * @throws CommandError naming the file when it can't be had, or is no broadcast's.
 */
export function openBroadcastStore(path: string, makeBroadcastId: () => string): BroadcastStore {
  const database = openBroadcastFile(path, makeBroadcastId);
  try {
    return new SqliteStore(path, database);
  } catch (error) {
    database.close();
    throw error instanceof CommandError ? error : dbError(path, explain(error));
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A broadcast in SQLite: each entry is one insert, whole and on the disk or not there at all. */
class SqliteStore implements BroadcastStore {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;

  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#insert = database.prepare(
      "INSERT INTO event (count, json, source, position) VALUES (?, ?, ?, ?)",
    );
    this.load();
  }

  load(): StoredBroadcast {
    return this.#read(() => {
      const first = this.#database.prepare("SELECT * FROM broadcast").get();
      if (first === undefined) throw damaged(this.#path, "it says nothing of the broadcast");
      const row = readBroadcastRow(first);
      if ("column" in row) throw damaged(this.#path, `what it has for ${row.column} is wrong`);
      return { ...row.value, entries: this.#readEntries() };
    });
  }

  append(entry: TimelineEvent, from?: SourcePosition): void {
    const json = decoder.decode(serializeEvent(entry));
    this.#write(() =>
      this.#insert.run(entry.count, json, from?.source ?? null, from?.position ?? null)
    );
  }

  positionOf(source: string): number {
    return this.#read(() => {
      const { position } = this.#database
        .prepare("SELECT max(position) AS position FROM event WHERE source = ?")
        .get(source) as { position: number | null };
      return position ?? 0;
    });
  }

  saveSettings({ match, token, seed }: BroadcastSettings): void {
    this.#write(() =>
      this.#database.prepare("UPDATE broadcast SET home = ?, away = ?, token = ?, seed = ?")
        .run(match?.home ?? null, match?.away ?? null, token ?? null, seed ?? null)
    );
  }

  saveKeys({ exchange, signing }: HostKeys): void {
    this.#write(() =>
      this.#database.prepare("UPDATE broadcast SET exchange_key = ?, signing_key = ?")
        .run(exchange, signing)
    );
  }

  close(): void {
    this.#database.close();
  }

  #write(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw new StoreError(`--db ${this.#path}: ${explain(error)}`);
    }
  }

  #read<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw error instanceof CommandError ? error : dbError(this.#path, explain(error));
    }
  }

  #readEntries(): TimelineEvent[] {
    const rows = this.#database.prepare("SELECT count, json FROM event ORDER BY count")
      .all() as unknown as EventRow[];
    return rows.map(({ json }, index) => {
      const entry = typeof json === "string" ? parseEvent(encoder.encode(json)) : undefined;
      if (entry?.ok && entry.value.count === index + 1) return entry.value;
      throw damaged(this.#path, `event ${index + 1} is wrong`);
    });
  }
}
