import { getRotatingFileSink } from "@logtape/file";
import { configure, getTextFormatter } from "@logtape/logtape";
import { plainText } from "../plain_text.ts";
import { assertWritable } from "./writable.ts";

const MAX_BYTES = 5_000_000;
const MAX_FILES = 5;

/**
 * Sends the program's log to a file that is rotated by size: `FILE`, then `FILE.1` and so on. Each line is
 * written at once, so that a crash takes none with it.
 *
 * @throws CommandError when the file can't be written.
 */
export async function openLogFile(path: string): Promise<void> {
  assertWritable("--log", path);
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
}

/** Strings without quotes, which make a log hard to search, and without what could forge a line. */
function formatValue(value: unknown): string {
  return typeof value === "string" ? plainText(value) : JSON.stringify(value) ?? String(value);
}
