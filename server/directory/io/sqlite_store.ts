/*
 * The directory's outside: sockets, its database, its files.
 *
 * In: addresses and paths. Out: a running directory (directory_server.ts). sqlite_store.ts (this file) keeps the
 * broadcasts and secrets, key_list.ts follows the files of members and banned people. Read next: directory_server.ts.
 */

import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import type { Change, StoredBroadcast } from "../core/broadcasts.ts";
import type { DirectoryStore } from "../directory_store.ts";
import type { DirectorySecrets } from "../tokens/directory_tokens.ts";

/** "Sdir": distinguishes a directory from other databases. */
const APPLICATION_ID = 0x53646972;
const VERSION = 1;
const SECRET_BYTES = 32;
const SCHEMA = `
  CREATE TABLE secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    signing_seed BLOB NOT NULL,
    access_key BLOB NOT NULL
  ) STRICT;
  CREATE TABLE broadcast (id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

/**
 * Opens `--db FILE`, or makes it; readable by its owner only, because it holds the directory's secrets.
 *
 * @param path undefined for a directory that forgets everything at its end.
 * @throws CommandError naming the file when it can't be used.
 */
export function openSqliteStore(path: string | undefined, rng: Rng): DirectoryStore {
  let database: DatabaseSync | undefined;
  try {
    // With an absolute path SQLite's special names (":memory:", "file:…") are ordinary files.
    if (path !== undefined) createPrivately(resolve(path));
    database = new DatabaseSync(path === undefined ? ":memory:" : resolve(path));
    prepare(database, rng);
    return new SqliteStore(database);
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    const advice = "choose another file, or restore a copy";
    throw new CommandError(ExitCode.failure, `--db ${path}: ${reason}; ${advice}`);
  }
}

function createPrivately(file: string): void {
  try {
    Deno.openSync(file, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if (!Deno.statSync(file).isFile) throw new Error("is not a file");
    if (Deno.build.os !== "windows") Deno.chmodSync(file, 0o600);
  }
}

function prepare(database: DatabaseSync, rng: Rng): void {
  // The lock is held until the process ends; the system releases it if the process is killed.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const isNew = readNumber(database, "SELECT count(*) AS value FROM sqlite_schema") === 0;
  if (!isNew) checkKind(database);
  // A write reaches the system before the answer, so it outlives this process; when the power fails, the next
  // heartbeats bring back what the disk had not got yet.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  if (!isNew) return;
  database.exec(`BEGIN EXCLUSIVE; ${SCHEMA}`);
  database.prepare("INSERT INTO secret VALUES (1, ?, ?)")
    .run(rng.bytes(SECRET_BYTES), rng.bytes(SECRET_BYTES));
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

function checkKind(database: DatabaseSync): void {
  const kind = readNumber(database, "SELECT application_id AS value FROM pragma_application_id");
  const version = readNumber(database, "SELECT user_version AS value FROM pragma_user_version");
  if (kind !== APPLICATION_ID) throw new Error("is not a directory's database");
  if (version !== VERSION) throw new Error(`has format ${version}, this version reads ${VERSION}`);
}

function readNumber(database: DatabaseSync, sql: string): number {
  return Number((database.prepare(sql).get() as { value: unknown }).value);
}

class SqliteStore implements DirectoryStore {
  readonly #database: DatabaseSync;
  readonly secrets: DirectorySecrets;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const row = database.prepare("SELECT signing_seed, access_key FROM secret").get();
    if (!row) throw new Error("is damaged: it has no secrets");
    this.secrets = {
      signingSeed: row.signing_seed as Uint8Array,
      accessKey: row.access_key as Uint8Array,
    };
  }

  get broadcasts(): readonly StoredBroadcast[] {
    return this.#database.prepare("SELECT json FROM broadcast").all()
      .map(({ json }) => JSON.parse(String(json)) as StoredBroadcast);
  }

  write(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const change of changes) this.#writeOne(change);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #writeOne(change: Change): void {
    if (change.kind === "removed") {
      this.#database.prepare("DELETE FROM broadcast WHERE id = ?").run(change.id);
      return;
    }
    const { broadcast } = change;
    this.#database.prepare("INSERT OR REPLACE INTO broadcast VALUES (?, ?)")
      .run(broadcast.id, JSON.stringify(broadcast));
  }

  close(): void {
    this.#database.close();
  }
}
