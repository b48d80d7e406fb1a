/*
 * Opens files and named pipes for reading; the audio, the events and the files of tokens all need it.
 *
 * In: a path, and a signal that ends the waiting.
 * Out: an open file; for a named pipe only as soon as a program writes to it, so that a pipe without a
 * writer blocks neither the program nor its end.
 *
 * Used by bytes/open_bytes.ts and ../timeline/io/event_source.ts, which are to be read next, and
 * by ../../broadcast/io/text_files.ts.
 */

import { WAITING_IS_NEWS_AFTER_MILLIS } from "../../../shared/core/pipe_waiting.ts";
import { unlessAborted } from "../../../shared/core/unless_aborted.ts";
import { isNamedPipe, releaseOpening } from "../../../shared/system/files/named_pipe.ts";

export interface PipeOptions {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Called once when no program writes to the pipe yet. */
  readonly onWaiting: () => void;
}

/**
 * Opens a file for reading; a named pipe as soon as a program writes to it. Used for `--audio`, `--events`
 * and the files of tokens.
 *
 * @returns undefined when `signal` aborts first.
 */
export async function openForReading(
  path: string,
  { signal, onWaiting }: PipeOptions,
): Promise<Deno.FsFile | undefined> {
  if (signal.aborted) return undefined;
  if (!isNamedPipe(path)) return await Deno.open(path, { read: true });
  const timer = setTimeout(onWaiting, WAITING_IS_NEWS_AFTER_MILLIS);
  const release = () => releaseOpening(path);
  signal.addEventListener("abort", release, { once: true });
  try {
    const opening = Deno.open(path, { read: true });
    const file = await unlessAborted(opening, signal);
    if (file === undefined) opening.then((file) => file.close(), () => {});
    return file;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", release);
  }
}
