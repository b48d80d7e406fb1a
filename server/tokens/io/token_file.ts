import type { Clock } from "../../../shared/driver/clock.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { nameFile, UNNAMED } from "../../../shared/text/file_names.ts";
import { decodeText, NOT_TEXT } from "../../../shared/text/text_bytes.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { assertReplaceable, createFile, findFile, replaceFile } from "./replace_file.ts";
import {
  parseTokenRegister,
  serializeTokenRegister,
  type TokenRegister,
} from "../token_register.ts";

const OTHERS = 0o077;
const MAX_BYTES = 64 * 1024 * 1024;
/** Often enough that a revocation is in force within a second. */
const LOOK_EVERY: Millis = 250;

/** A file that is mounted by itself stays the old one, under no name, when another takes its place. */
const OUT_OF_SIGHT = "was replaced by one that this host can't see: mount its folder, not the file";

const NO_FILE = "is no file; name the one of streamer token make, a token itself goes to --token";

/** @throws CommandError naming the file when it can't be had, or is no register. */
export async function readTokenRegister(path: string): Promise<TokenRegister> {
  return (await read(path)).register;
}

/** A file as it was when it was read, by which a change is noticed. */
interface Reading {
  readonly register: TokenRegister;
  readonly look: string;
}

async function read(path: string): Promise<Reading> {
  try {
    // Opening a pipe would wait for somebody to write into it.
    if (!(await Deno.stat(path)).isFile) throw fail(path, "is not a file");
    using file = await Deno.open(path);
    // Before the reading: what is written meanwhile is then noticed.
    const info = await file.stat();
    return { register: await readOpen(path, file, info), look: lookOf(info) };
  } catch (error) {
    throw explain(path, error);
  }
}

/** @param path only for messages: what is read is the file that is open. */
async function readOpen(
  path: string,
  file: Deno.FsFile,
  info: Deno.FileInfo,
): Promise<TokenRegister> {
  if (info.size > MAX_BYTES) throw fail(path, "is too large for a file of tokens");
  const text = decodeText(await readAll(file, info.size));
  if (text === undefined) throw fail(path, NOT_TEXT);
  const register = parseTokenRegister(text);
  if (!register) throw fail(path, "is not a file of tokens; name the one of streamer token make");
  if (register.privateKey !== undefined) assertPrivate(path, info);
  return register;
}

/** @param size as it was just now; what is longer by then is cut, and is no register. */
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
 * Replaces the register by what `change` makes of it, as a whole or not at all, one process at a time. Whoever
 * could read the file before, under whatever name, reads the change.
 *
 * @param makeFirst makes the register of a file that is not there yet; without it that is an error.
 * @throws CommandError naming the file; whatever `change` throws.
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
    // Others wait until it is closed, and then find that another one has taken its place.
    using locked = await lock(file);
    const info = await locked.stat();
    assertReplaceable(info);
    // What is locked is read, whatever has got its name meanwhile.
    const register = await readOpen(file, locked, info);
    await replaceFile(file, serializeTokenRegister(await change(register)), info);
  } catch (error) {
    throw explain(path, error);
  }
}

/**
 * The register as it is, then each time somebody has changed it. While it can't be read the last one holds, which
 * is said once.
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
      if (info.nlink === 0) throw fail(path, OUT_OF_SIGHT);
      if (lookOf(info) !== known) {
        const { register, look } = await read(path);
        known = look;
        yield register;
      }
      problem = undefined;
    } catch (error) {
      const { message } = explain(path, error);
      if (message !== problem) onProblem(`${message}. What it said before stays in force`);
      problem = message;
    }
    await clock.sleepUntil(clock.now() + LOOK_EVERY, signal);
  }
}

/** A file that is replaced is another one, even when it is as long and as old. */
function lookOf({ dev, ino, size, mtime }: Deno.FileInfo): string {
  return `${dev} ${ino} ${size} ${mtime?.getTime()}`;
}

/** A link that leads nowhere is there: what is wrong with it is said where it is followed. */
async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** Locks the file that has that name now: another one may have taken its place while we waited. */
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
  // The system's own words repeat the name.
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
