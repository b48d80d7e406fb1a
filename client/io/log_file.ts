import { getRotatingFileSink } from "@logtape/file";
import { configure, getTextFormatter } from "@logtape/logtape";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";

const MAX_BYTES = 5_000_000;
const MAX_FILES = 5;

/**
 * Sends the program's log to a file that is rotated by size: `FILE`, then `FILE.1` and so on. Each line is
 * written at once, so that a crash takes none with it.
 *
 * @throws CommandError when the file can't be written.
 */
export async function openLogFile(path: string): Promise<void> {
  try {
    // The sink opens its file lazily in some versions; a mistake is to be told now.
    Deno.openSync(path, { append: true, create: true }).close();
    const file = getRotatingFileSink(path, {
      maxSize: MAX_BYTES,
      maxFiles: MAX_FILES,
      bufferSize: 0,
      formatter: getTextFormatter({ timestamp: "rfc3339", value: formatValue }),
    });
    await configure({
      sinks: { file },
      loggers: [
        { category: "streamer", lowestLevel: "debug", sinks: ["file"] },
        { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["file"] },
      ],
    });
  } catch (error) {
    throw new CommandError(ExitCode.failure, `--log ${path} ${describe(error)}`);
  }
}

/** Strings as they are: quoted ones make a log hard to read and to search. */
function formatValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
}

function describe(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "has no folder to go to: create it first";
  if (error instanceof Deno.errors.IsADirectory) return "is a folder: name a file in it";
  const reason = error instanceof Error ? error.message : String(error);
  return `can't be written (${reason}): choose another place`;
}
