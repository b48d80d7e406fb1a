import type { InferValue } from "@optique/core/parser";
import { ExitCode } from "../../shared/core/errors.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import { searchDirectory } from "../finding/io/directory_door.ts";
import { printBroadcasts, type TableTerminal } from "./directory_search.ts";
import type { findArguments } from "./find_arguments.ts";

export type FindOptions = InferValue<typeof findArguments>;

/** As many as a directory's search finds. */
const MAX_LISTED = 1000;

/**
 * `streamer find`: prints the broadcasts that a text finds; nothing when there is none.
 *
 * @throws CommandError when the directory is not there.
 */
export async function find(
  { text, directory, json }: FindOptions,
  terminal: TableTerminal,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  const searching = searchDirectory(directory, { text, limit: MAX_LISTED }, interrupts);
  const found = await unlessAborted(searching, interrupts);
  if (found) printBroadcasts(found, { url: directory, json }, terminal);
  return ExitCode.done;
}
