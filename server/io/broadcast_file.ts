import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";

/** "Strm", so that `file` and we tell a broadcast from any other database. */
const APPLICATION_ID = 0x5374726d;
const VERSION = 1;
/** Nobody but its owner: it holds tokens and private keys. */
const PRIVATE_MODE = 0o600;

const SCHEMA = `
  CREATE TABLE broadcast (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    broadcast_id TEXT NOT NULL,
    home TEXT,
    away TEXT,
    token TEXT,
    seed INTEGER,
    exchange_key BLOB,
    signing_key BLOB
  ) STRICT;
  CREATE TABLE event (
    count INTEGER PRIMARY KEY,
    json TEXT NOT NULL,
    source TEXT,
    position INTEGER
  ) STRICT;
  CREATE INDEX event_source ON event (source, position);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

/** SQLite's result codes that have their own words here (sqlite.org/rescode.html). */
const BUSY = 5;
const NOT_A_DATABASE = 26;
const CORRUPT = 11;
const FULL = 13;

/**
 * Opens the database of a broadcast, or makes one, for this process alone. A file of another kind is
 * left as it was.
 *
 * @param makeBroadcastId asked when it is new.
 * @throws CommandError when it can't be had.
 */
export function openBroadcastFile(path: string, makeBroadcastId: () => string): DatabaseSync {
  // An absolute path, so that SQLite's special names (":memory:", "file:…") are files like others.
  const file = resolve(path);
  createPrivately(file, path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    prepare(database, path, makeBroadcastId);
    keepPrivate(file, path);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof CommandError ? error : fail(path, explain(error));
  }
}

function prepare(database: DatabaseSync, path: string, makeBroadcastId: () => string): void {
  // Held until the process ends, however it ends; the system lets go of a killed one's lock.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const isNew = isEmpty(database);
  if (!isNew) checkKind(database, path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("BEGIN EXCLUSIVE");
  if (isNew) {
    database.exec(SCHEMA);
    database.prepare("INSERT INTO broadcast (id, broadcast_id) VALUES (1, ?)")
      .run(makeBroadcastId());
  }
  database.exec("COMMIT");
}

function isEmpty(database: DatabaseSync): boolean {
  return readNumber(database, "SELECT count(*) AS value FROM sqlite_schema") === 0 &&
    readNumber(database, "SELECT application_id AS value FROM pragma_application_id") === 0;
}

function checkKind(database: DatabaseSync, path: string): void {
  const kind = readNumber(database, "SELECT application_id AS value FROM pragma_application_id");
  if (kind !== APPLICATION_ID) {
    throw fail(path, "is another program's database; choose another file");
  }
  const version = readNumber(database, "SELECT user_version AS value FROM pragma_user_version");
  if (version !== VERSION) {
    throw fail(path, `has format ${version}, this version reads ${VERSION}; choose another file`);
  }
  const { quick_check } = database.prepare("PRAGMA quick_check(1)").get() as {
    quick_check: string;
  };
  if (quick_check !== "ok") throw fail(path, "is damaged; choose another file or restore a copy");
}

function readNumber(database: DatabaseSync, sql: string): number {
  return Number((database.prepare(sql).get() as { value: unknown }).value);
}

/** Made here and not by SQLite, which would let others read it; what it adds has the same mode. */
function createPrivately(file: string, path: string): void {
  try {
    Deno.openSync(file, { write: true, createNew: true, mode: PRIVATE_MODE }).close();
  } catch (error) {
    // A file that is there is never opened here: closing it would undo the lock of this process.
    if (!(error instanceof Deno.errors.AlreadyExists)) throw fail(path, explain(error));
    if (Deno.statSync(file).isDirectory) throw fail(path, "is a folder; give a file");
  }
}

function keepPrivate(file: string, path: string): void {
  if (Deno.build.os === "windows") return;
  const { mode } = Deno.statSync(file);
  if (((mode ?? 0) & 0o077) === 0) return;
  try {
    Deno.chmodSync(file, PRIVATE_MODE);
  } catch {
    throw fail(path, "can be read by others and holds secrets; chmod it to 600");
  }
}

/** What went wrong, in words that say what to do. */
export function explain(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such folder; make it first";
  if (error instanceof Deno.errors.PermissionDenied) return "not allowed; choose another file";
  const { errcode } = error as { errcode?: number };
  // The low byte is the kind, what is above it a detail.
  const kind = (errcode ?? 0) & 0xff;
  if (kind === BUSY) return "is in use by another host; stop that one or choose another file";
  if (kind === NOT_A_DATABASE) return "is no database; choose another file";
  if (kind === CORRUPT) return "is damaged; choose another file or restore a copy";
  if (kind === FULL) return "the disk is full; make room";
  return `can't be used (${error instanceof Error ? error.message : error})`;
}

function fail(path: string, what: string): CommandError {
  return new CommandError(ExitCode.failure, `--db ${path}: ${what}`);
}
