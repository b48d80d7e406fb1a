/*
 * Files of the timeline: where events are read, and where the broadcast is stored.
 *
 * In: `--events` (a file, a named pipe or `-`), opened here; `--db FILE`, opened by
 * `broadcast_store.ts`.
 * Out: events in the order of their lines, read only as fast as they are asked for; and a
 * `BroadcastStore`, which keeps the timeline, the settings and the keys in SQLite.
 *
 * Read `../event_lines.ts` next for the lines of this file. For the store read
 * `broadcast_store.ts`, then `broadcast_file.ts`, which creates and checks the database file.
 */

import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import { waitingText } from "../../../../shared/core/pipe_waiting.ts";
import { type EventLineContext, FIRST_LINE_CONTEXT } from "../event_line.ts";
import { EventLineReader, type ReadBefore } from "../event_lines.ts";
import type { TimelineStep } from "../new_event.ts";
import { isNamedPipe } from "../../../../shared/system/files/named_pipe.ts";
import { openForReading, type PipeOptions } from "../../io/open_for_reading.ts";

export interface EventSourceOptions extends Partial<EventLineContext> {
  /** Ends the reading; the rest stays unread. */
  readonly signal: AbortSignal;
  /** Called for each line that is skipped or changed, with `line 7: …`. */
  readonly onProblem: (text: string) => void;
  /** What an earlier run has read and stored. */
  readonly before?: ReadBefore;
  /** Called with one line when no program writes to a named pipe yet; reading goes on waiting. */
  readonly onWaiting?: (text: string) => void;
}

/**
 * Opens events as NDJSON (docs/events.md): a file, or standard input for `-`. Events are read only
 * when asked for, so that neither a large file nor a fast pipe fills the memory.
 *
 * @throws CommandError when the location can't be opened; the iteration throws one when reading
 * fails.
 */
export async function openEventSource(
  location: string,
  { signal, onProblem, onWaiting, before, ...context }: EventSourceOptions,
): Promise<AsyncIterable<TimelineStep>> {
  const open = await openLocation(location, {
    signal,
    onWaiting: () => onWaiting?.(waitingText("--events", location, "writes to")),
  });
  const reader = new EventLineReader({ ...FIRST_LINE_CONTEXT, ...context }, onProblem, before);
  return readSteps(open, reader, location, signal);
}

/**
 * The name of a file of events, the same for every way to write its path. Undefined for standard
 * input and pipes, whose content differs at each start, and for a file that can't be opened.
 */
export function nameEventSource(location: string): string | undefined {
  if (location === "-") return undefined;
  try {
    return Deno.statSync(location).isFile ? `file ${Deno.realPathSync(location)}` : undefined;
  } catch {
    return undefined;
  }
}

/** Opens the bytes when they are needed; undefined when the signal aborted first. */
type Opening = () => Promise<ReadableStream<Uint8Array> | undefined>;

async function* readSteps(
  open: Opening,
  lines: EventLineReader,
  location: string,
  signal: AbortSignal,
): AsyncGenerator<TimelineStep> {
  let chunks: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const cancel = () => void chunks?.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    chunks = (await open())?.getReader();
    if (!chunks) return;
    while (!signal.aborted) {
      const { done, value } = await chunks.read();
      if (done) break;
      yield* lines.push(value);
    }
    if (!signal.aborted) yield* lines.end();
  } catch (error) {
    throw new CommandError(ExitCode.failure, `--events ${location}: ${describe(error)}`);
  } finally {
    signal.removeEventListener("abort", cancel);
    await chunks?.cancel().catch(() => {});
  }
}

/**
 * A pipe is opened only when it is read: its writer may start later, and the audio must not wait
 * for it.
 */
async function openLocation(path: string, options: PipeOptions): Promise<Opening> {
  if (path === "-") return () => Promise.resolve(Deno.stdin.readable);
  if (isNamedPipe(path)) return async () => (await openForReading(path, options))?.readable;
  const stream = await openFile(path);
  return () => Promise.resolve(stream);
}

async function openFile(path: string): Promise<ReadableStream<Uint8Array>> {
  try {
    const { isDirectory } = await Deno.stat(path);
    if (!isDirectory) return (await Deno.open(path)).readable;
  } catch (error) {
    throw new CommandError(ExitCode.failure, `--events ${path}: ${describe(error)}`);
  }
  throw new CommandError(ExitCode.failure, `--events ${path} is a folder: give a file or -`);
}

function describe(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "not allowed to read it";
  return `can't be read (${error instanceof Error ? error.message : error})`;
}
