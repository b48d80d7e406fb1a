import { CommandError, ExitCode } from "../core/errors.ts";
import type { DirectoryFailure } from "./conversation.ts";

/**
 * The error of a command that a directory does not help.
 *
 * @param url the directory's address
 * @param publicKey of the person who asked, who may have to tell it.
 */
export function explainFailure(
  failure: DirectoryFailure,
  url: string,
  publicKey?: string,
): CommandError {
  const { kind, code, detail } = failure;
  const key = code === "not-a-member" && publicKey !== undefined ? ` (${publicKey})` : "";
  const text = kind === "away"
    ? `No answer from the directory at ${url} (${detail}): check --directory, and that it runs there`
    : kind === "garbled"
    ? `No directory is at ${url} (${detail}): check --directory`
    : `The directory at ${url} says: ${detail}${key}`;
  return new CommandError(exitCodeOf(failure), text);
}

function exitCodeOf({ kind, status, code }: DirectoryFailure): ExitCode {
  if (kind === "away" || code === "no-host") return ExitCode.noAnswer;
  return status === 401 || status === 403 ? ExitCode.rejected : ExitCode.failure;
}
