import { CommandError, ExitCode } from "../core/errors.ts";

/** How each line of our logs begins: the date and time of RFC 3339. */
const LOG_START = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const LOOKED_AT_BYTES = 32;
/** Each line is written at once, and so waits where nobody takes it: Ctrl-S, a pipe that is not read. */
const HOLDS_UP = "which could hold everything up: name a file, and follow it with tail -f";

/**
 * Makes sure that a log would be added to nothing but a log, which takes it at once: neither the file nor
 * those that rotating replaces (`FILE.1` and so on) may be something else.
 *
 * @throws CommandError naming the file and what to do.
 */
export function assertLogPlace(path: string, rotated: number): void {
  const files = Array.from({ length: rotated }, (_, index) => `${path}.${index + 1}`);
  for (const file of [path, ...files]) {
    const problem = findProblem(file);
    if (problem === undefined) continue;
    const name = file === path ? path : `${path}: ${file}`;
    throw new CommandError(ExitCode.failure, `--log ${name} ${problem}`);
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
  // Opening a pipe to look at it would wait for whoever reads it.
  if (info.isFifo) return `is a pipe, ${HOLDS_UP}`;
  if (info.isCharDevice && isTerminal(path)) return `is a terminal, ${HOLDS_UP}`;
  if (!info.isFile || info.size === 0 || LOG_START.test(readStart(path))) return undefined;
  return "is there already and is no log, so that it stays as it is: name another file";
}

function isTerminal(path: string): boolean {
  try {
    using device = Deno.openSync(path, { append: true });
    return device.isTerminal();
  } catch {
    // It can't be opened, which whoever opens the log says better.
    return false;
  }
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
