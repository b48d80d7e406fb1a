import { CommandError, ExitCode } from "../core/errors.ts";

/**
 * Looks whether a file can be written, without touching what is in it; one that is not there yet is
 * made.
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

/** The end of a sentence that begins with the flag and the file. */
export function describeWriteProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "has no folder to go to: create it first";
  if (error instanceof Deno.errors.IsADirectory) return "is a folder: name a file in it";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "may not be written by this user: choose another place";
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `can't be written (${reason}): choose another place`;
}
