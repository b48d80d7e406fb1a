import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CommandError } from "../../../../shared/core/errors.ts";
import { parseEvent, serializeEvent, type TimelineEvent } from "../../../../shared/event/event.ts";
import { damaged, dbError, explain, openBroadcastFile } from "./broadcast_file.ts";
import * as v from "valibot";
import { fitsTeamName } from "../../../../shared/admission/admission.ts";
import {
  type BroadcastSettings,
  type BroadcastStore,
  type HostKeys,
  type SourcePosition,
  type StoredBroadcast,
  StoreError,
} from "../broadcast_store.ts";

/** The only row of the table `broadcast`. */
interface BroadcastRow {
  readonly broadcastId: string;
  readonly settings: BroadcastSettings;
  readonly keys?: HostKeys;
}

/** Length of the seed of each key. */
const SEED_BYTES = 32;

const teamName = v.nullable(v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check(fitsTeamName),
));
const seed = v.nullable(v.pipe(
  v.instance(Uint8Array),
  v.check((bytes) => bytes.length === SEED_BYTES),
));

const schema = v.pipe(
  v.object({
    broadcast_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
    home: teamName,
    away: teamName,
    token: v.nullable(v.pipe(v.string(), v.nonEmpty())),
    seed: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    exchange_key: seed,
    signing_key: seed,
  }),
  v.forward(v.check(({ home, away }) => (home === null) === (away === null)), ["away"]),
  v.forward(
    v.check(({ exchange_key, signing_key }) => (exchange_key === null) === (signing_key === null)),
    ["signing_key"],
  ),
);

/** @returns the parsed row, or the name of the first column with an invalid value. */
function readBroadcastRow(
  row: unknown,
): { readonly value: BroadcastRow } | { readonly column: string } {
  const result = v.safeParse(schema, row);
  if (!result.success) {
    return { column: String(v.getDotPath(result.issues[0]) ?? "broadcast") };
  }
  const { broadcast_id, home, away, token, seed, exchange_key, signing_key } = result.output;
  return {
    value: {
      broadcastId: broadcast_id,
      settings: {
        ...(home !== null && away !== null && { match: { home, away } }),
        ...(token !== null && { token }),
        ...(seed !== null && { seed }),
      },
      ...(exchange_key && signing_key &&
        { keys: { exchange: exchange_key, signing: signing_key } }),
    },
  };
}

interface EventRow {
  readonly count: number;
  readonly json: string;
}

/**
 * Opens `--db FILE`, or makes it, and checks its content.
 *
 * @param makeBroadcastId called when the file is new.
 * @throws CommandError naming the file when it can't be opened, or holds no broadcast.
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

/** A broadcast in SQLite. Each entry is one insert: on the disk as a whole, or not at all. */
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
      if (first === undefined) throw damaged(this.#path, "its table broadcast has no row");
      const row = readBroadcastRow(first);
      if ("column" in row) throw damaged(this.#path, `its value of ${row.column} is wrong`);
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
