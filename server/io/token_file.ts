import type { Clock } from "../../shared/core/clock.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Millis } from "../../shared/core/units.ts";
import {
  parseTokenRegister,
  serializeTokenRegister,
  type TokenRegister,
} from "../token_register.ts";

/** Nobody but its owner: it holds what makes tokens. */
const PRIVATE_MODE = 0o600;
const OTHERS = 0o077;
const MAX_BYTES = 64 * 1024 * 1024;
/** Often enough that a revocation is in force within a second. */
const LOOK_EVERY: Millis = 250;

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
    // Before the reading: what is written meanwhile is then noticed.
    const info = await Deno.stat(path);
    if (!info.isFile) throw fail(path, "is not a file");
    if (info.size > MAX_BYTES) throw fail(path, "is too large for a file of tokens");
    const register = parseTokenRegister(await Deno.readTextFile(path));
    if (!register) throw fail(path, "is not a file of tokens; name the one of streamer token make");
    if (register.privateKey !== undefined) assertPrivate(path, info);
    return { register, look: lookOf(info) };
  } catch (error) {
    throw explain(path, error);
  }
}

/**
 * Replaces the register by what `change` makes of it, as a whole or not at all, one process at a time.
 *
 * @param makeFirst makes the register of a file that is not there yet; without it that is an error.
 * @throws CommandError naming the file; whatever `change` throws.
 */
export async function changeTokenRegister(
  path: string,
  change: (register: TokenRegister) => TokenRegister | Promise<TokenRegister>,
  makeFirst?: () => Promise<TokenRegister>,
): Promise<void> {
  if (makeFirst) await createUnlessThere(path, makeFirst);
  // Others wait until it is closed, and then find that another one has taken its place.
  using _locked = await lock(path);
  const { register } = await read(path);
  await replace(path, await change(register));
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
      if (lookOf(await Deno.stat(path)) !== known) {
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
function lookOf({ ino, size, mtime }: Deno.FileInfo): string {
  return `${ino} ${size} ${mtime?.getTime()}`;
}

async function createUnlessThere(
  path: string,
  makeFirst: () => Promise<TokenRegister>,
): Promise<void> {
  if (await isThere(path)) return;
  const draft = await writeDraft(path, await makeFirst());
  try {
    // Whoever comes second finds the name taken, and goes on with the first one's file.
    await Deno.link(draft, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw explain(path, error);
  } finally {
    await Deno.remove(draft);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
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
      throw explain(path, error);
    }
  }
}

async function replace(path: string, register: TokenRegister): Promise<void> {
  const draft = await writeDraft(path, register);
  try {
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft);
    throw explain(path, error);
  }
}

/** Beside the file, since only there it can take its place in one step. */
async function writeDraft(path: string, register: TokenRegister): Promise<string> {
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    using file = await Deno.open(draft, { write: true, createNew: true, mode: PRIVATE_MODE });
    await writeAll(file, new TextEncoder().encode(serializeTokenRegister(register)));
    await file.sync();
    return draft;
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw explain(path, error);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += await file.write(bytes.subarray(offset));
  }
}

function assertPrivate(path: string, { mode }: Deno.FileInfo): void {
  if (Deno.build.os === "windows" || ((mode ?? 0) & OTHERS) === 0) return;
  throw fail(path, "can be read by others and holds a private key; chmod it to 600");
}

function explain(path: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof Deno.errors.NotFound) {
    return fail(path, "does not exist; make it with streamer token make");
  }
  if (error instanceof Deno.errors.PermissionDenied) return fail(path, "not allowed");
  return fail(path, error instanceof Error ? error.message : String(error));
}

function fail(path: string, what: string): CommandError {
  return new CommandError(ExitCode.failure, `--tokens ${path}: ${what}`);
}
