import { WAITING_IS_NEWS_AFTER_MILLIS } from "../../../shared/core/pipe_waiting.ts";
import { unlessAborted } from "../../../shared/core/unless_aborted.ts";

export interface PipeOptions {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Told once when nobody writes to it yet. */
  readonly onWaiting: () => void;
}

/** Whether there is a named pipe, whose opening waits for a program at its other end. */
export function isNamedPipe(path: string): boolean {
  try {
    return Deno.statSync(path).isFifo === true;
  } catch {
    return false;
  }
}

/**
 * Opens a file for reading; a named pipe as soon as some program writes to it.
 *
 * @returns undefined when `signal` aborts first.
 */
export async function openForReading(
  path: string,
  { signal, onWaiting }: PipeOptions,
): Promise<Deno.FsFile | undefined> {
  if (signal.aborted) return undefined;
  if (!isNamedPipe(path)) return await Deno.open(path, { read: true });
  const news = setTimeout(onWaiting, WAITING_IS_NEWS_AFTER_MILLIS);
  const release = () => beWriterForAMoment(path);
  signal.addEventListener("abort", release, { once: true });
  try {
    const opening = Deno.open(path, { read: true });
    const file = await unlessAborted(opening, signal);
    if (file === undefined) opening.then((file) => file.close(), () => {});
    return file;
  } finally {
    clearTimeout(news);
    signal.removeEventListener("abort", release);
  }
}

/** Lets go whoever waits for somebody to write. */
function beWriterForAMoment(path: string): void {
  try {
    Deno.openSync(path, { read: true, write: true }).close();
  } catch {
    // It is gone, or not ours to write; the end of the program ends the waiting then.
  }
}
