import { CommandError, ExitCode } from "../../core/errors.ts";

/**
 * Checks that a file can be written, without changing its content; a missing file is created.
 *
 * @throws CommandError naming the flag, the file and what to do.
 */
export function assertWritable(flag: string, path: string): void {
  try {
    Deno.openSync(path, { append: true, create: true }).close();
  } catch (error) {
    throw new CommandError(ExitCode.failure, `${flag} ${path} ${describeWriteProblem(error)}`);
  }
}

/** The reason, as the end of a sentence that begins with the flag and the file. */
export function describeWriteProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "is in a folder that does not exist: create it first";
  }
  if (error instanceof Deno.errors.IsADirectory) return "is a folder: name a file in it";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "may not be written by this user: choose another place";
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `can't be written (${reason}): choose another place`;
}
