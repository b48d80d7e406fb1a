import { getRotatingFileSink } from "@logtape/file";
import { configure, getTextFormatter, type LogRecord, type Sink } from "@logtape/logtape";
import { formatJsonLine } from "../text/json_line.ts";
import type { Millis } from "../core/units.ts";
import { plainText } from "../text/plain_text.ts";
import { assertLogPlace } from "./log_place.ts";
import { assertWritable } from "./writable.ts";

const MAX_BYTES = 5_000_000;
const MAX_FILES = 5;
const TRY_AGAIN_MILLIS: Millis = 1000;
/** A disk that is full to the brim takes a line now and then; that is not said each time. */
const TELL_AGAIN_MILLIS: Millis = 10 * 60_000;

/**
 * Sends the program's log to a file that is rotated by size: `FILE`, then `FILE.1` and so on. Each line is
 * written at once, so that a crash takes none with it.
 *
 * @param onProblem told once in one line when the file can't be written any more, as on a full disk; the
 * program goes on. Lines are written again as soon as that is possible, and the missing ones counted.
 * @throws CommandError when the file can't be written from the start, is there and no log, or a terminal or pipe.
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
 * A sink that fails, and is opened anew until it works, at most once a second.
 *
 * @param onFailure told the first time; not again within ten minutes.
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

/** Begins with an end of line, since the last line may have been written in part. */
function missingLines(record: LogRecord, count: number): LogRecord {
  const text = `\n${count} lines are missing here: the log could not be written`;
  return { ...record, level: "warning", message: [text], rawMessage: text, properties: {} };
}

function disposeQuietly(sink: Disposable | undefined): void {
  try {
    sink?.[Symbol.dispose]();
  } catch {
    // What can't be written can't be closed in good order either.
  }
}

/** Strings without quotes, which make a log hard to search, and without what could forge a line. */
function formatValue(value: unknown): string {
  if (typeof value === "string") return plainText(value);
  return typeof value === "object" && value !== null
    ? formatJsonLine(value).trimEnd()
    : String(value);
}
