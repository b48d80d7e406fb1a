import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";

/** "Strm": distinguishes a broadcast from other databases, also for the program `file`. */
const APPLICATION_ID = 0x5374726d;
const VERSION = 2;
/** The first format has no signatures and no blocks; it is changed into this one. */
const FIRST_VERSION = 1;
/** Length of the header of every database (sqlite.org/fileformat.html). */
const HEADER_BYTES = 100;
/** For its owner only, because the file holds tokens and private keys. */
const PRIVATE_MODE = 0o600;

/** The part of the schema that format 2 added. */
const BLOCK_TABLE = `
  CREATE TABLE block (
    first_count INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL,
    signature BLOB
  ) STRICT;
  PRAGMA user_version = ${VERSION};
`;

/** Earlier programs of format 2 do not have it, and pass over it. */
const REPORT_TABLE =
  "CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT";

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
    position INTEGER,
    signature BLOB
  ) STRICT;
  CREATE INDEX event_source ON event (source, position);
  PRAGMA application_id = ${APPLICATION_ID};
  ${BLOCK_TABLE}
`;

const MIGRATION = `
  ALTER TABLE event ADD COLUMN signature BLOB;
  ${BLOCK_TABLE}
`;

/** The columns of this format; a table without one of them is damaged. */
const COLUMNS = {
  broadcast: ["broadcast_id", "home", "away", "token", "seed", "exchange_key", "signing_key"],
  event: ["count", "json", "source", "position", "signature"],
  block: ["first_count", "bytes", "signature"],
} as const;

const OTHER_FILE = "choose another file or restore a copy";
const NOT_WRITABLE = "this user may not write it or beside it; change that or choose another file";
/** Messages for SQLite's result codes (sqlite.org/rescode.html). */
const EXPLANATIONS: Readonly<Record<number, string>> = {
  3: NOT_WRITABLE,
  5: "is in use by another host; stop that one or choose another file",
  8: NOT_WRITABLE,
  10: "may not be written by this user, or the disk fails; check both, or choose another file",
  11: `is damaged; ${OTHER_FILE}`,
  13: "the disk is full; make room",
  14: NOT_WRITABLE,
  26: "is no database; choose another file",
};

/**
 * Opens the database of a broadcast, or makes one, and locks it for this process. A file of another
 * kind is not changed.
 *
 * @param makeBroadcastId called when the database is new.
 * @throws CommandError when the database can't be opened or made.
 */
export function openBroadcastFile(path: string, makeBroadcastId: () => string): DatabaseSync {
  // With an absolute path SQLite's special names (":memory:", "file:…") are ordinary files.
  const file = resolve(path);
  const isMade = createPrivately(file, path);
  assertOneName(file, path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    prepare(database, path, makeBroadcastId);
    keepPrivate(file, path);
    return database;
  } catch (error) {
    closeQuietly(database);
    if (isMade) removeIfEmpty(file);
    throw error instanceof CommandError ? error : dbError(path, explain(error));
  }
}

function prepare(database: DatabaseSync, path: string, makeBroadcastId: () => string): void {
  // The lock is held until the process ends; the system releases it if the process is killed.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const isNew = isEmpty(database);
  const isOlder = !isNew && checkKind(database, path) === FIRST_VERSION;
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("BEGIN EXCLUSIVE");
  if (isNew) {
    database.exec(SCHEMA);
    database.prepare("INSERT INTO broadcast (id, broadcast_id) VALUES (1, ?)")
      .run(makeBroadcastId());
  }
  if (isOlder) database.exec(MIGRATION);
  database.exec(REPORT_TABLE);
  database.exec("COMMIT");
}

function isEmpty(database: DatabaseSync): boolean {
  return readNumber(database, "SELECT count(*) AS value FROM sqlite_schema") === 0 &&
    readNumber(database, "SELECT application_id AS value FROM pragma_application_id") === 0;
}

/** @returns the version of its format. */
function checkKind(database: DatabaseSync, path: string): number {
  const kind = readNumber(database, "SELECT application_id AS value FROM pragma_application_id");
  if (kind !== APPLICATION_ID) {
    throw dbError(path, "is another program's database; choose another file");
  }
  const version = readNumber(database, "SELECT user_version AS value FROM pragma_user_version");
  if (version !== VERSION && version !== FIRST_VERSION) {
    throw dbError(
      path,
      `has format ${version}, this version reads ${VERSION}; choose another file`,
    );
  }
  const { quick_check } = database.prepare("PRAGMA quick_check(1)").get() as {
    quick_check: string;
  };
  if (quick_check !== "ok") throw dbError(path, EXPLANATIONS[11]!);
  checkTables(database, path, version);
  const wrong = readNumber(
    database,
    `SELECT count(*) AS value FROM event
    WHERE position IS NOT NULL AND NOT (typeof(position) = 'integer'
      AND position BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER})`,
  );
  if (wrong > 0) throw damaged(path, "a position in a source is wrong");
  return version;
}

function checkTables(database: DatabaseSync, path: string, version: number): void {
  const { broadcast, event, block } = COLUMNS;
  const isOlder = version === FIRST_VERSION;
  checkTable(database, path, "broadcast", broadcast);
  checkTable(database, path, "event", isOlder ? event.slice(0, -1) : event);
  if (!isOlder) checkTable(database, path, "block", block);
}

function checkTable(
  database: DatabaseSync,
  path: string,
  table: string,
  columns: readonly string[],
): void {
  const rows = database.prepare("SELECT name FROM pragma_table_info(?)").all(table);
  const names = new Set(rows.map(({ name }) => name));
  const missing = columns.find((column) => !names.has(column));
  if (names.size === 0) throw damaged(path, `it has no table ${table}`);
  if (missing !== undefined) throw damaged(path, `its table ${table} has no column ${missing}`);
}

function readNumber(database: DatabaseSync, sql: string): number {
  return Number((database.prepare(sql).get() as { value: unknown }).value);
}

/**
 * Creates the file with {@linkcode PRIVATE_MODE}: SQLite would let other users read it. Files that
 * SQLite adds get the same mode.
 *
 * @returns whether the file is new.
 */
function createPrivately(file: string, path: string): boolean {
  try {
    Deno.openSync(file, { write: true, createNew: true, mode: PRIVATE_MODE }).close();
    return true;
  } catch (error) {
    // An existing file is not opened here: closing it would release the lock of this process.
    if (!(error instanceof Deno.errors.AlreadyExists)) throw dbError(path, explain(error));
    checkPlainFile(file, path);
    return false;
  }
}

function checkPlainFile(file: string, path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(file);
  } catch {
    throw dbError(path, "is a link to a file that is not there; choose another file");
  }
  if (info.isDirectory) throw dbError(path, "is a folder; give a file");
  if (!info.isFile) throw dbError(path, "is not a regular file; choose another");
  // SQLite would silently make a new database of a file that may have been a broadcast.
  if (info.size < HEADER_BYTES) {
    const state = info.size === 0 ? "empty" : "damaged";
    throw dbError(path, `is ${state}; restore a copy, or remove it and start again`);
  }
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // Nothing was written to the database.
  }
}

/** Removes an empty file, which the next start would report as an error. */
function removeIfEmpty(file: string): void {
  try {
    if (Deno.statSync(file).size === 0) Deno.removeSync(file);
  } catch {
    // The file is gone already.
  }
}

/**
 * SQLite keeps its last writes in a second file, named after the path that was opened. Opened by
 * another hard link after a crash, the database would lack them. SQLite follows symbolic links
 * itself.
 */
function assertOneName(file: string, path: string): void {
  const { nlink } = Deno.statSync(file);
  if ((nlink ?? 1) <= 1) return;
  throw dbError(path, `has ${nlink} names (hard links); leave one, make the others symbolic links`);
}

function keepPrivate(file: string, path: string): void {
  if (Deno.build.os === "windows") return;
  const { mode } = Deno.statSync(file);
  if (((mode ?? 0) & 0o077) === 0) return;
  try {
    Deno.chmodSync(file, PRIVATE_MODE);
  } catch {
    throw dbError(path, "can be read by others and holds secrets; chmod it to 600");
  }
}

/** The problem and what to do, for people. */
export function explain(error: unknown): string {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return "no such folder; make it first";
  }
  if (error instanceof RangeError) return `is damaged: a number in it is too large; ${OTHER_FILE}`;
  if (error instanceof Deno.errors.PermissionDenied) return "not allowed; choose another file";
  const { errcode } = error as { errcode?: number };
  // The low byte is the primary result code, the rest is detail.
  const explanation = EXPLANATIONS[(errcode ?? 0) & 0xff];
  if (explanation !== undefined) return explanation;
  const reason = error instanceof Error ? error.message : String(error);
  if (reason.startsWith("unable to open database file")) return NOT_WRITABLE;
  return `can't be used (${reason}); ${OTHER_FILE}`;
}

/** The error for content that no host writes. */
export function damaged(path: string, what: string): CommandError {
  return dbError(path, `is damaged: ${what}; ${OTHER_FILE}`);
}

export function dbError(path: string, what: string): CommandError {
  return new CommandError(ExitCode.failure, `--db ${path}: ${what}`);
}
