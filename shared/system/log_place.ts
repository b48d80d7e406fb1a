import { CommandError, ExitCode } from "../core/errors.ts";

/** Each line of a log begins with date and time (RFC 3339). */
const LOG_START = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const LOOKED_AT_BYTES = 32;
/** Each line is written synchronously, so a terminal under Ctrl-S or an unread pipe would stop the program. */
const HOLDS_UP = "which could hold everything up: name a file, and follow it with tail -f";

/**
 * Refuses a place where a log would be appended to another kind of file, replace one by rotation (`FILE.1` and
 * so on), or block the program: a terminal or a pipe.
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
    // Opening the file gives the better message if it is missing or can't be read.
    return undefined;
  }
  // Opening a pipe would wait for its reader.
  if (info.isFifo) return `is a pipe, ${HOLDS_UP}`;
  if (info.isCharDevice && isTerminal(path)) return `is a terminal, ${HOLDS_UP}`;
  if (!info.isFile || info.size === 0 || LOG_START.test(readStart(path))) return undefined;
  return "is there already and is not a log, so it stays as it is: name another file";
}

function isTerminal(path: string): boolean {
  try {
    using device = Deno.openSync(path, { append: true });
    return device.isTerminal();
  } catch {
    // Opening the log will fail too, with a better message.
    return false;
  }
}

function readStart(path: string): string {
  const bytes = new Uint8Array(LOOKED_AT_BYTES);
  try {
    using file = Deno.openSync(path);
    return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  } catch {
    // A file that this user may write but not read is taken for a log, so this begins like one.
    return new Date(0).toISOString();
  }
}
