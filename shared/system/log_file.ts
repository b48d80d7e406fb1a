import { plural } from "../text/plural.ts";
import { getRotatingFileSink } from "@logtape/file";
import { configure, getTextFormatter, type LogRecord, type Sink } from "@logtape/logtape";
import { formatJsonLine } from "../text/json_line.ts";
import type { Millis } from "../core/units.ts";
import { plainText } from "../text/plain_text.ts";
import { assertLogPlace } from "./log_place.ts";
import { assertWritable } from "./files/writable.ts";

const MAX_BYTES = 5_000_000;
const MAX_FILES = 5;
const TRY_AGAIN_MILLIS: Millis = 1000;
/** A full disk may take a line now and then; the problem is reported once in this time. */
const TELL_AGAIN_MILLIS: Millis = 10 * 60_000;

/**
 * Writes the program's log to a file that is rotated by size: `FILE`, then `FILE.1` and so on. Each line
 * is written at once, so that a crash loses none.
 *
 * @param onProblem gets one line of text when the file can no longer be written, for example on a full
 * disk. The program goes on, tries again, and notes in the log how many lines are missing.
 * @throws CommandError when the file can't be written from the start, exists and is not a log, or is a terminal
 * or a pipe.
 */
export async function openLogFile(
  path: string,
  onProblem: (text: string) => void,
): Promise<void> {
  assertLogPlace(path, MAX_FILES);
  assertWritable("--log", path);
  const file = lastingSink(() => openRotatingFile(path), (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    onProblem(`--log ${path} can't be written (${reason}): going on without it until it can be`);
  });
  await configure({
    sinks: { file },
    loggers: [
      { category: "streamer", lowestLevel: "debug", sinks: ["file"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["file"] },
    ],
  });
}

function openRotatingFile(path: string): Sink & Disposable {
  return getRotatingFileSink(path, {
    maxSize: MAX_BYTES,
    maxFiles: MAX_FILES,
    bufferSize: 0,
    formatter: getTextFormatter({ timestamp: "rfc3339", value: formatValue }),
  });
}

/**
 * A sink that may fail; it is then opened again, at most once a second, until it works.
 *
 * @param onFailure called on a failure, at most once in ten minutes.
 */
export function lastingSink(
  open: () => Sink & Disposable,
  onFailure: (error: unknown) => void,
): Sink & Disposable {
  let sink: (Sink & Disposable) | undefined = open();
  let missing = 0;
  let triedAt: Millis = -Infinity;
  let toldAt: Millis = -Infinity;
  const fail = (error: unknown, now: Millis) => {
    if (missing++ === 0 && now >= toldAt + TELL_AGAIN_MILLIS) {
      toldAt = now;
      onFailure(error);
    }
    disposeQuietly(sink);
    sink = undefined;
  };
  const write = (record: LogRecord) => {
    const { timestamp } = record;
    if (sink === undefined) {
      const isTooSoon = timestamp >= triedAt && timestamp < triedAt + TRY_AGAIN_MILLIS;
      if (isTooSoon) return void missing++;
      triedAt = timestamp;
    }
    try {
      sink ??= open();
      if (missing > 0) sink(missingLines(record, missing));
      missing = 0;
      sink(record);
    } catch (error) {
      fail(error, timestamp);
    }
  };
  return Object.assign(write, { [Symbol.dispose]: () => disposeQuietly(sink) });
}

/** Begins with a line end, because the last line may have been written in part. */
function missingLines(record: LogRecord, count: number): LogRecord {
  const text = `\n${plural(count, "line")} ${
    count === 1 ? "is" : "are"
  } missing here: the log could not be written`;
  return { ...record, level: "warning", message: [text], rawMessage: text, properties: {} };
}

function disposeQuietly(sink: Disposable | undefined): void {
  try {
    sink?.[Symbol.dispose]();
  } catch {
    // A file that can't be written may fail to close too.
  }
}

/** Strings without quotes, so that a log is easy to search, and without characters that end a line. */
function formatValue(value: unknown): string {
  if (typeof value === "string") return plainText(value);
  return typeof value === "object" && value !== null
    ? formatJsonLine(value).trimEnd()
    : String(value);
}
