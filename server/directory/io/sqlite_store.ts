/*
 * The directory's outside: sockets, its database, its files.
 *
 * In: addresses and paths. Out: a running directory (directory_server.ts). sqlite_store.ts (this file) keeps the
 * broadcasts and secrets in the file that database_file.ts opens, directory_keeper.ts gives it what changed,
 * key_list.ts follows the files of members and banned people. Read next: directory_server.ts.
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Rng } from "../../../shared/core/rng.ts";
import { BroadcastSchema, HeartbeatSchema } from "../../../shared/directory/forms.ts";
import type { Change, StoredBroadcast } from "../core/broadcasts.ts";
import type { DirectoryStore } from "../directory_store.ts";
import type { DirectorySecrets } from "../tokens/directory_tokens.ts";
import { damaged, dbError, openDatabaseFile } from "./database_file.ts";

const { id, title, sport, home, away, startsAt, seats, score, clock } = BroadcastSchema.entries;
const { addresses, hostKey, state, seatsTaken } = HeartbeatSchema.entries;
const StoredSchema = v.object({
  id,
  owner: v.object({ id: v.string(), name: v.string() }),
  title,
  sport,
  home,
  away,
  startsAt,
  isUnlisted: v.boolean(),
  seats,
  state,
  score,
  clock,
  seatsTaken,
  addresses: v.union([addresses, v.strictTuple([])]),
  hostKey: v.nullable(hostKey),
  heardAt: v.pipe(v.number(), v.finite()),
});

/**
 * Opens `--db FILE`, or makes it; readable by its owner only, because it holds the directory's secrets.
 *
 * @param path undefined for a directory that forgets everything at its end.
 * @throws CommandError naming the file when it can't be used.
 */
export function openSqliteStore(path: string | undefined, rng: Rng): DirectoryStore {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabaseFile(path, (bytes) => rng.bytes(bytes));
    return new SqliteStore(database, path);
  } catch (error) {
    database?.close();
    throw dbError(path, error);
  }
}

class SqliteStore implements DirectoryStore {
  readonly #database: DatabaseSync;
  readonly #path: string | undefined;
  readonly #keep: StatementSync;
  readonly #remove: StatementSync;
  readonly secrets: DirectorySecrets;

  constructor(database: DatabaseSync, path: string | undefined) {
    this.#database = database;
    this.#path = path;
    this.#keep = database.prepare("INSERT OR REPLACE INTO broadcast VALUES (?, ?)");
    this.#remove = database.prepare("DELETE FROM broadcast WHERE id = ?");
    this.secrets = readSecrets(database);
  }

  readBroadcasts(): readonly StoredBroadcast[] {
    try {
      const rows = this.#database.prepare("SELECT json FROM broadcast").all();
      return rows.map(({ json }, index) => readBroadcast(String(json), index + 1));
    } catch (error) {
      throw dbError(this.#path, error);
    }
  }

  write(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const change of changes) this.#writeOne(change);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw dbError(this.#path, error);
    }
  }

  #writeOne(change: Change): void {
    if (change.kind === "removed") this.#remove.run(change.id);
    else this.#keep.run(change.broadcast.id, JSON.stringify(change.broadcast));
  }

  close(): void {
    this.#database.close();
  }
}

function readSecrets(database: DatabaseSync): DirectorySecrets {
  const row = database.prepare("SELECT signing_seed, access_key FROM secret").get();
  if (!row) throw damaged("it has no keys");
  return {
    signingSeed: row.signing_seed as Uint8Array,
    accessKey: row.access_key as Uint8Array,
  };
}

function readBroadcast(json: string, row: number): StoredBroadcast {
  try {
    return v.parse(StoredSchema, JSON.parse(json));
  } catch {
    throw damaged(`broadcast ${row} can't be read`);
  }
}
