import { CommandError, ExitCode } from "../core/errors.ts";

/**
 * Makes sure that a log does not go to a terminal: each line is written at once, so that Ctrl-S there
 * would hold up everything.
 *
 * @throws CommandError naming the file and what to do.
 */
export function assertNoTerminal(path: string): void {
  if (!isTerminal(path)) return;
  const advice = "name a file, and follow it with tail -f";
  throw new CommandError(
    ExitCode.failure,
    `--log ${path} is a terminal, which could hold everything up: ${advice}`,
  );
}

function isTerminal(path: string): boolean {
  try {
    // Opening anything else than a device could wait (a pipe), or make it (a file).
    if (Deno.statSync(path).isCharDevice !== true) return false;
    using device = Deno.openSync(path, { append: true });
    return device.isTerminal();
  } catch {
    // It is not there, or can't be opened, which whoever opens the log says better.
    return false;
  }
}
