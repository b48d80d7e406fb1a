import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import { waitingText } from "../../../../shared/core/pipe_waiting.ts";
import {
  type EventLineContext,
  EventLineReader,
  FIRST_LINE_CONTEXT,
  type ReadBefore,
} from "../event_lines.ts";
import type { TimelineStep } from "../new_event.ts";
import { isNamedPipe, openForReading, type PipeOptions } from "../../io/named_pipe.ts";

export interface EventSourceOptions extends Partial<EventLineContext> {
  /** Ends the reading; what was not read yet stays unread. */
  readonly signal: AbortSignal;
  /** Told of each line that is skipped or changed: `line 7: …`. */
  readonly onProblem: (text: string) => void;
  /** What an earlier run had read. */
  readonly before?: ReadBefore;
  /** Told in one line that nobody writes to a named pipe yet, which is waited for. */
  readonly onWaiting?: (text: string) => void;
}

/**
 * Opens events as NDJSON (docs/events.md): a file, or standard input for `-`. They are read as they
 * are asked for, so that neither a large file nor a fast pipe is ever held in memory.
 *
 * @throws CommandError when it can't be opened, and from the iteration when reading breaks off.
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
 * Names a file of events, the same however its path is written; nothing for what comes from elsewhere
 * each time (standard input, a pipe), nor for what can't be opened.
 */
export function nameEventSource(location: string): string | undefined {
  if (location === "-") return undefined;
  try {
    return Deno.statSync(location).isFile ? `file ${Deno.realPathSync(location)}` : undefined;
  } catch {
    return undefined;
  }
}

/** Gives the bytes when they are asked for; none when the signal aborted before there were any. */
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

/** A pipe is opened only when it is read: nobody may write to it yet, and the sound goes on air anyway. */
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
