import { CommandError, ExitCode } from "../core/errors.ts";

/** How each line of our logs begins: the date and time of RFC 3339. */
const LOG_START = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const LOOKED_AT_BYTES = 32;

/**
 * Makes sure that a log would be added to nothing but a log: neither the file nor those that rotating
 * replaces (`FILE.1` and so on) may be something else.
 *
 * @throws CommandError naming the file and what to do.
 */
export function assertOwnLog(path: string, rotated: number): void {
  const files = Array.from({ length: rotated }, (_, index) => `${path}.${index + 1}`);
  for (const file of [path, ...files]) {
    const problem = findProblem(file);
    if (problem === undefined) continue;
    throw new CommandError(ExitCode.failure, `--log ${path}: ${file} ${problem}`);
  }
}

function findProblem(path: string): string | undefined {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch {
    // It is not there, or can't be looked at, which opening it says better.
    return undefined;
  }
  // Opening one that nobody reads would wait, and so would each line while nobody reads on.
  if (info.isFifo) return "is a pipe, which could hold everything up: name a file, and tail -f it";
  if (!info.isFile || info.size === 0 || LOG_START.test(readStart(path))) return undefined;
  return "is there already and is no log, so that it stays as it is: name another file";
}

function readStart(path: string): string {
  const bytes = new Uint8Array(LOOKED_AT_BYTES);
  try {
    using file = Deno.openSync(path);
    return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  } catch {
    // Whoever may write a log and not read it has made it so.
    return new Date(0).toISOString();
  }
}
