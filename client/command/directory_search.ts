import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Broadcast } from "../../shared/directory/forms.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import { plainText } from "../../shared/text/plain_text.ts";
import { broadcastLine, broadcastTable } from "../console/broadcast_table.ts";
import { searchDirectory } from "../finding/io/directory_door.ts";
import type { ConnectOptions, DirectoryBroadcast } from "../interface/config.ts";

const MAX_QUOTE_LENGTH = 60;
/** As many as a person reads who wanted one. */
const MAX_LISTED = 20;

/** Where a table is printed. */
export type TableTerminal = Pick<Terminal, "out" | "isTerminal" | "columns">;

/** Prints what was found: lines for scripts, a table for people. */
export function printBroadcasts(
  found: readonly Broadcast[],
  { url, json }: { readonly url: string; readonly json: boolean },
  terminal: TableTerminal,
): void {
  if (found.length === 0) return;
  const width = terminal.isTerminal ? terminal.columns() || undefined : undefined;
  terminal.out(json ? found.map(broadcastLine).join("") : broadcastTable(found, url, width));
}

/**
 * The one broadcast that `--search` finds and that can be joined now.
 *
 * @returns undefined when nothing is searched for.
 * @throws CommandError when there is none or several; they are printed before.
 */
export async function findByText(
  { directory, search, link, json }: ConnectOptions & { readonly json: boolean },
  terminal: TableTerminal,
  signal?: AbortSignal,
): Promise<DirectoryBroadcast | undefined> {
  if (search === undefined) {
    if (directory === undefined || link !== undefined) return undefined;
    throw usage("--directory finds a broadcast by its words: add --search TEXT");
  }
  if (directory === undefined) {
    throw usage("--search needs the directory to search in: add --directory URL");
  }
  if (link !== undefined) throw usage("The link and --search both name a broadcast: leave one out");
  const found = await searchDirectory(directory, { text: search, limit: MAX_LISTED }, signal);
  const open = found.filter(({ state }) => state === "live" || state === "soon");
  if (open.length === 1) return { directory, id: open[0]!.id };
  printBroadcasts(open.length > 0 ? open : found, { url: directory, json }, terminal);
  throw new CommandError(ExitCode.failure, describe(search, found.length, open.length));
}

function describe(search: string, found: number, open: number): string {
  const quote = `--search "${plainText(search).slice(0, MAX_QUOTE_LENGTH)}"`;
  if (open > 1) return `${quote} finds ${open} broadcasts: add words, or give the link of one`;
  return found > 0
    ? `${quote} finds nothing that is on now or soon: try again when it is`
    : `${quote} finds nothing: try other words, or see all with streamer find --directory URL`;
}

function usage(text: string): CommandError {
  return new CommandError(ExitCode.usage, text);
}
