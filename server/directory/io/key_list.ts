import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { Clock } from "../../../shared/driver/clock.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { parsePublicKeys, type PublicKeys } from "../core/people.ts";

const MAX_BYTES = 64 * 1024 * 1024;
/** Short enough for a ban to take effect within a second. */
const LOOK_EVERY: Millis = 250;

/** A file of public keys, one a line. */
export interface KeyFile {
  /** The option that names it, for errors. */
  readonly flag: "--members" | "--bans";
  readonly path: string;
}

/** @throws CommandError naming the flag and the file when it can't be read or holds something else. */
export async function readKeyList({ flag, path }: KeyFile): Promise<PublicKeys> {
  const fail = (what: string) => new CommandError(ExitCode.failure, `${flag} ${path}: ${what}`);
  let text: string;
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MAX_BYTES) throw fail("is not a file of public keys, one a line");
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof Deno.errors.NotFound) throw fail("does not exist; make it first");
    throw fail("can't be read; let this user read it");
  }
  const list = parsePublicKeys(text);
  if ("problem" in list) throw fail(list.problem);
  return list.keys;
}

export interface FollowOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onKeys: (keys: PublicKeys) => void;
  readonly onProblem: (text: string) => void;
}

/** Gives the list again after each change of the file; while it can't be read, the last one stays in force. */
export async function followKeyList(file: KeyFile, options: FollowOptions): Promise<void> {
  const { clock, signal, onKeys, onProblem } = options;
  let last: Look = { version: "" };
  while (!signal.aborted) {
    const look = await lookAt(file, last, onKeys);
    const { problem } = look;
    if (problem !== undefined && problem !== last.problem) {
      onProblem(`${problem}. The last valid content stays in force`);
    }
    last = look;
    await clock.sleepUntil(clock.now() + LOOK_EVERY, signal);
  }
}

/** What was seen of a file. */
interface Look {
  /** The version that was given out last. */
  readonly version: string;
  /** Why the file's list can't be given out now, if it can't. */
  readonly problem?: string;
}

async function lookAt(
  file: KeyFile,
  last: Look,
  onKeys: FollowOptions["onKeys"],
): Promise<Look> {
  try {
    const version = await versionOf(file.path);
    if (version !== last.version) onKeys(await readKeyList(file));
    return { version };
  } catch (error) {
    return { version: last.version, problem: (error as Error).message };
  }
}

/** A replaced file has another inode, even with equal size and time. */
async function versionOf(path: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info ? `${info.dev} ${info.ino} ${info.size} ${info.mtime?.getTime()}` : "absent";
}
