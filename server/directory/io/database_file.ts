import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";

/** "Sdir": distinguishes a directory from other databases, also for the program `file`. */
const APPLICATION_ID = 0x53646972;
const VERSION = 1;
/** Length of the header of every database (sqlite.org/fileformat.html). */
const HEADER_BYTES = 100;
/** For its owner only, because the file holds the directory's keys. */
const PRIVATE_MODE = 0o600;
const SECRET_BYTES = 32;
const SCHEMA = `
  CREATE TABLE secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    signing_seed BLOB NOT NULL CHECK (length(signing_seed) = ${SECRET_BYTES}),
    access_key BLOB NOT NULL CHECK (length(access_key) = ${SECRET_BYTES})
  ) STRICT;
  CREATE TABLE broadcast (id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

const OTHER_FILE = "choose another file or restore a copy";
const NOT_WRITABLE = "this user may not write it or beside it; change that or choose another file";
/** Messages for SQLite's result codes (sqlite.org/rescode.html). */
const EXPLANATIONS: Readonly<Record<number, string>> = {
  3: NOT_WRITABLE,
  5: "is in use by another directory; stop that one or choose another file",
  8: NOT_WRITABLE,
  10: "may not be written by this user, or the disk fails; check both, or choose another file",
  11: `is damaged; ${OTHER_FILE}`,
  13: "the disk is full; make room",
  14: NOT_WRITABLE,
  26: "is no database; choose another file",
};

/**
 * Opens a directory's database, or makes one, and locks it for this process; readable by its owner only. A file of
 * another kind is not changed.
 *
 * @param path undefined for one in memory.
 * @param makeSecret called for each key of a new database; gives 32 random bytes.
 * @throws Error with what is wrong and what to do, for {@linkcode dbError}.
 */
export function openDatabaseFile(
  path: string | undefined,
  makeSecret: (bytes: number) => Uint8Array,
): DatabaseSync {
  // With an absolute path SQLite's special names (":memory:", "file:…") are ordinary files.
  const file = path === undefined ? undefined : resolve(path);
  const isMade = file !== undefined && createPrivately(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file ?? ":memory:");
    prepare(database, makeSecret);
    return database;
  } catch (error) {
    closeQuietly(database);
    if (isMade) Deno.removeSync(file);
    throw error;
  }
}

function prepare(database: DatabaseSync, makeSecret: (bytes: number) => Uint8Array): void {
  // The lock is held until the process ends; the system releases it if the process is killed.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const isNew = readNumber(database, "SELECT count(*) AS value FROM sqlite_schema") === 0 &&
    kindOf(database) === 0;
  if (!isNew) checkKind(database);
  // A write reaches the system before the answer, so it outlives this process; when the power fails, the next
  // heartbeats bring back what the disk had not got yet.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN EXCLUSIVE");
  if (isNew) {
    database.exec(SCHEMA);
    database.prepare("INSERT INTO secret VALUES (1, ?, ?)")
      .run(makeSecret(SECRET_BYTES), makeSecret(SECRET_BYTES));
  }
  database.exec("COMMIT");
  // Hosts remember the keys, so a new directory's have to outlive a power failure too.
  if (isNew) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

function checkKind(database: DatabaseSync): void {
  if (kindOf(database) !== APPLICATION_ID) {
    throw new Error("is another program's database; choose another file");
  }
  const version = readNumber(database, "SELECT user_version AS value FROM pragma_user_version");
  if (version !== VERSION) {
    throw new Error(`has format ${version}, this version reads ${VERSION}; choose another file`);
  }
  const { quick_check } = database.prepare("PRAGMA quick_check(1)").get() as {
    quick_check: string;
  };
  if (quick_check !== "ok") throw new Error(EXPLANATIONS[11]);
}

function kindOf(database: DatabaseSync): number {
  return readNumber(database, "SELECT application_id AS value FROM pragma_application_id");
}

function readNumber(database: DatabaseSync, sql: string): number {
  return Number((database.prepare(sql).get() as { value: unknown }).value);
}

/**
 * Makes the file before SQLite does, which would let other users read it.
 *
 * @returns whether the file is new.
 */
function createPrivately(file: string): boolean {
  try {
    Deno.openSync(file, { write: true, createNew: true, mode: PRIVATE_MODE }).close();
    return true;
  } catch (error) {
    // An existing file is not opened here: closing it would release the lock of this process.
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    checkPlainFile(file);
    keepPrivate(file);
    return false;
  }
}

function checkPlainFile(file: string): void {
  const info = statOf(file);
  if (info === undefined) {
    throw new Error("is a link to a file that is not there; choose another file");
  }
  if (info.isDirectory) throw new Error("is a folder; give a file");
  if (!info.isFile) throw new Error("is not a regular file; choose another");
  if (info.size < HEADER_BYTES) {
    const state = info.size === 0 ? "empty" : "damaged";
    throw new Error(`is ${state}; restore a copy, or remove it and start again`);
  }
  // SQLite keeps its last writes in a file named after the path: by another name they would be missing.
  if ((info.nlink ?? 1) > 1) {
    const advice = "leave one, make the others symbolic links";
    throw new Error(`has ${info.nlink} names (hard links); ${advice}`);
  }
}

function statOf(file: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(file);
  } catch {
    return undefined;
  }
}

function keepPrivate(file: string): void {
  if (Deno.build.os === "windows" || ((Deno.statSync(file).mode ?? 0) & 0o077) === 0) return;
  try {
    Deno.chmodSync(file, PRIVATE_MODE);
  } catch {
    throw new Error("can be read by others and holds secrets; chmod it to 600");
  }
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // Nothing was written to the database.
  }
}

/** Names the file, the problem and what to do. */
export function dbError(path: string | undefined, error: unknown): CommandError {
  return new CommandError(ExitCode.failure, `--db ${path ?? "(none)"}: ${explain(error)}`);
}

function explain(error: unknown): string {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return "no such folder; make it first";
  }
  if (error instanceof Deno.errors.PermissionDenied) return "not allowed; choose another file";
  const { errcode } = error as { errcode?: number };
  // The low byte is the primary result code, the rest is detail.
  const explanation = EXPLANATIONS[(errcode ?? 0) & 0xff];
  if (explanation !== undefined) return explanation;
  const reason = error instanceof Error ? error.message : String(error);
  if (reason.startsWith("unable to open database file")) return NOT_WRITABLE;
  return errcode === undefined ? reason : `can't be used (${reason}); ${OTHER_FILE}`;
}

/** For content that no directory writes. */
export function damaged(what: string): Error {
  return new Error(`is damaged: ${what}; ${OTHER_FILE}`);
}
