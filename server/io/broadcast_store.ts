import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { type FeedEvent, parseEvent, serializeEvent } from "../../shared/wire/event.ts";
import {
  type BroadcastSettings,
  type BroadcastStore,
  type HostKeys,
  type SourcePosition,
  type StoredBroadcast,
  StoreError,
} from "../broadcast_store.ts";
import { explain, openBroadcastFile } from "./broadcast_file.ts";

interface BroadcastRow {
  readonly broadcast_id: string;
  readonly home: string | null;
  readonly away: string | null;
  readonly token: string | null;
  readonly seed: number | null;
  readonly exchange_key: Uint8Array | null;
  readonly signing_key: Uint8Array | null;
}

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
    if (error instanceof CommandError) throw error;
    throw new CommandError(ExitCode.failure, `--db ${path}: ${explain(error)}`);
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
    const row = this.#database.prepare("SELECT * FROM broadcast").get() as unknown as BroadcastRow;
    const { broadcast_id, home, away, token, seed, exchange_key, signing_key } = row;
    return {
      broadcastId: broadcast_id,
      settings: {
        ...(home !== null && away !== null && { match: { home, away } }),
        ...(token !== null && { token }),
        ...(seed !== null && { seed }),
      },
      entries: this.#readEntries(),
      ...(exchange_key && signing_key &&
        { keys: { exchange: exchange_key, signing: signing_key } }),
    };
  }

  append(entry: FeedEvent, from?: SourcePosition): void {
    const json = decoder.decode(serializeEvent(entry));
    this.#write(() =>
      this.#insert.run(entry.count, json, from?.source ?? null, from?.position ?? null)
    );
  }

  positionOf(source: string): number {
    const { position } = this.#database
      .prepare("SELECT max(position) AS position FROM event WHERE source = ?")
      .get(source) as { position: number | null };
    return position ?? 0;
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

  #readEntries(): FeedEvent[] {
    const rows = this.#database.prepare("SELECT count, json FROM event ORDER BY count")
      .all() as unknown as EventRow[];
    return rows.map(({ json }, index) => {
      const entry = parseEvent(encoder.encode(json));
      if (entry.ok && entry.value.count === index + 1) return entry.value;
      throw new CommandError(
        ExitCode.failure,
        `--db ${this.#path}: event ${index + 1} is damaged; choose another file or restore a copy`,
      );
    });
  }
}
