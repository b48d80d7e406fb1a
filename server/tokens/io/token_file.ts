/*
 * The file of tokens (`--tokens FILE`), which holds a register as JSON.
 *
 * In: the path of the file. `streamer token` changes it; the host reads it and follows changes.
 * Out: `TokenRegister`s. A change replaces the file as a whole, under a lock, so that no reader
 * sees half a file and two commands at the same time lose nothing.
 *
 * Read `shared/system/files/replace_file.ts` next for the replacement itself; `../token_register.ts` has the format.
 */

import type { Clock } from "../../../shared/driver/clock.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { nameFile, UNNAMED } from "../../../shared/text/file_names.ts";
import { decodeText, NOT_TEXT } from "../../../shared/text/text_bytes.ts";
import type { Millis } from "../../../shared/core/units.ts";
import {
  assertReplaceable,
  createFile,
  findFile,
  replaceFile,
} from "../../../shared/system/files/replace_file.ts";
import {
  parseTokenRegister,
  serializeTokenRegister,
  type TokenRegister,
} from "../token_register.ts";

/** Permission bits of group and others. */
const OTHERS = 0o077;
const MAX_BYTES = 64 * 1024 * 1024;
/** Short enough for a revocation to take effect within a second. */
const LOOK_EVERY: Millis = 250;

/** A file that is mounted by itself remains the old, unlinked file after it was replaced. */
const REPLACED_UNSEEN =
  "was replaced by a file that this host can't see: mount its folder, not the file";

const NO_FILE =
  "is no file; give the file made by streamer token make (a token itself goes to --token)";

/** @throws CommandError naming the file when it can't be read, or is no register. */
export async function readTokenRegister(path: string): Promise<TokenRegister> {
  return (await read(path)).register;
}

/** A register and the version of its file, by which a change is noticed. */
interface Reading {
  readonly register: TokenRegister;
  readonly version: string;
}

async function read(path: string): Promise<Reading> {
  try {
    // Opening a pipe would wait for its writer.
    if (!(await Deno.stat(path)).isFile) throw fail(path, "is not a file");
    using file = await Deno.open(path);
    // Before reading, so that a change during the reading is noticed afterwards.
    const info = await file.stat();
    return { register: await readOpen(path, file, info), version: versionOf(info) };
  } catch (error) {
    throw explain(path, error);
  }
}

/** @param path for messages only; the open file is read. */
async function readOpen(
  path: string,
  file: Deno.FsFile,
  info: Deno.FileInfo,
): Promise<TokenRegister> {
  if (info.size > MAX_BYTES) throw fail(path, "is too large for a file of tokens");
  const text = decodeText(await readAll(file, info.size));
  if (text === undefined) throw fail(path, NOT_TEXT);
  const register = parseTokenRegister(text);
  if (!register) {
    throw fail(path, "is not a file of tokens; give the file made by streamer token make");
  }
  if (register.privateKey !== undefined) assertPrivate(path, info);
  return register;
}

/** @param size the size before reading; a file that grows is cut there, and then is no register. */
async function readAll(file: Deno.FsFile, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/**
 * Replaces the register with the result of `change`, as a whole or not at all, one process at a
 * time. Everyone who could read the file before can read the new one, under the same names.
 *
 * @param makeFirst makes the register of a new file; without it a missing file is an error.
 * @throws CommandError naming the file; also what `change` throws.
 */
export async function changeTokenRegister(
  path: string,
  change: (register: TokenRegister) => TokenRegister | Promise<TokenRegister>,
  makeFirst?: () => Promise<TokenRegister>,
): Promise<void> {
  try {
    if (makeFirst && !await isThere(path)) {
      await createFile(path, serializeTokenRegister(await makeFirst()));
    }
    const file = await findFile(path);
    // Other processes wait until this file is closed; then they see that it was replaced.
    using locked = await lock(file);
    const info = await locked.stat();
    assertReplaceable(info);
    // The locked file is read, even if another file has its name by now.
    const register = await readOpen(file, locked, info);
    await replaceFile(file, serializeTokenRegister(await change(register)), info);
  } catch (error) {
    throw explain(path, error);
  }
}

/**
 * Yields the register, and again after each change of the file. While the file can't be read, the
 * last register stays in force; the problem is reported once.
 */
export async function* followTokenRegister(
  path: string,
  { clock, signal, onProblem }: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly onProblem: (text: string) => void;
  },
): AsyncGenerator<TokenRegister> {
  let known = "";
  let problem: string | undefined;
  while (!signal.aborted) {
    try {
      const info = await Deno.stat(path);
      if (info.nlink === 0) throw fail(path, REPLACED_UNSEEN);
      if (versionOf(info) !== known) {
        const { register, version } = await read(path);
        known = version;
        yield register;
      }
      problem = undefined;
    } catch (error) {
      const { message } = explain(path, error);
      if (message !== problem) onProblem(`${message}. The last valid content stays in force`);
      problem = message;
    }
    await clock.sleepUntil(clock.now() + LOOK_EVERY, signal);
  }
}

/**
 * Identifies the version of a file. A replaced file has another inode, even with equal size and
 * time.
 */
function versionOf({ dev, ino, size, mtime }: Deno.FileInfo): string {
  return `${dev} ${ino} ${size} ${mtime?.getTime()}`;
}

/** Whether the name exists. A broken link exists too; {@linkcode findFile} reports it. */
async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** Locks the file at `path`. If it was replaced while waiting for the lock, locks the new file. */
async function lock(path: string): Promise<Deno.FsFile> {
  for (;;) {
    let file: Deno.FsFile | undefined;
    try {
      file = await Deno.open(path, { read: true, write: true });
      await file.lock(true);
      const [locked, named] = await Promise.all([file.stat(), Deno.stat(path)]);
      if (locked.ino === named.ino) return file;
      file.close();
    } catch (error) {
      file?.close();
      throw error;
    }
  }
}

function assertPrivate(path: string, { mode }: Deno.FileInfo): void {
  if (Deno.build.os === "windows" || ((mode ?? 0) & OTHERS) === 0) return;
  throw fail(path, "can be read by others and holds a private key; chmod it to 600");
}

function explain(path: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  // The system's message repeats the path, which may be a token.
  if (nameFile(path, Deno.lstatSync) === UNNAMED) return fail(path, NO_FILE);
  if (error instanceof Deno.errors.NotFound) {
    return fail(path, "does not exist; make it with streamer token make");
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return fail(path, "not allowed: do it as the user whose file it is");
  }
  return fail(path, error instanceof Error ? error.message : String(error));
}

function fail(path: string, what: string): CommandError {
  const name = nameFile(path, Deno.lstatSync);
  return new CommandError(ExitCode.failure, `--tokens ${name}: ${what}`);
}

/** @returns a register with a new key pair and no tokens. */
export async function makeTokenRegister(): Promise<TokenRegister> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { x, d } = await crypto.subtle.exportKey("jwk", (pair as CryptoKeyPair).privateKey);
  return { publicKey: x!, privateKey: d!, tokens: [] };
}
