/*
 * The bytes behind a location of `--audio` or `--screen`.
 *
 * In: a location: a file, a named pipe, `-` for standard input, an http(s) address.
 * Out: a `ByteSource` (`location.ts`) with the chunks in order, or a `PlaylistFound` with the
 * entries of a playlist. What the bytes mean is up to
 * `../../sound/io/` and `../../screen/io/`.
 *
 * Files and pipes are opened here. Read next for addresses: `http_source.ts` (one connection after
 * the other), `resumption.ts` (how to continue after a reconnection), `http_request.ts` and
 * `icy.ts` (one request; `http_answer.ts` is its answer). `playlist_files.ts` and
 * `playlist_format.ts` recognize and read playlists.
 */

import { CommandError } from "../../../../shared/core/errors.ts";
import { waitingText } from "../../../../shared/core/pipe_waiting.ts";
import { openHttp } from "./http_source.ts";
import {
  type ByteSource,
  type ByteSourceContext,
  isAddress,
  isStandardInput,
  SOUND_USE,
  sourceError,
} from "./location.ts";
import { readPlaylistFile } from "./playlist_files.ts";
import { openForReading } from "../open_for_reading.ts";

/**
 * @throws CommandError naming the location and what to do when it can't be opened; PlaylistFound
 * when it is a playlist.
 */
export function openBytes(location: string, context: ByteSourceContext): Promise<ByteSource> {
  if (isStandardInput(location)) {
    return Promise.resolve(fromStream(Deno.stdin.readable, context.signal, true));
  }
  return isAddress(location) ? openHttp(location, context) : openFile(location, context);
}

async function openFile(path: string, context: ByteSourceContext): Promise<ByteSource> {
  const use = context.use ?? SOUND_USE;
  try {
    // By path, because an open file inside the compiled binary has no `stat`.
    const { isDirectory, isFile, size } = await Deno.stat(path);
    const problem = isDirectory
      ? "is a folder; give the files in it"
      : isFile && size === 0
      ? `is empty; give a file with ${use.content} in it`
      : undefined;
    if (problem !== undefined) throw sourceError(use, path, problem);
    const playlist = isFile && use.takesPlaylists ? await readPlaylistFile(path) : undefined;
    if (playlist !== undefined) throw playlist;
    const onWaiting = () => context.onWaiting?.(waitingText(use.flag, path, "writes to"));
    const file = await openForReading(path, { signal: context.signal, onWaiting });
    return fromStream(file?.readable ?? new Blob().stream(), context.signal, !isFile);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw sourceError(use, path, describeFileProblem(error));
  }
}

export function describeFileProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "does not exist; check the path";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "may not be read by this user; change its permissions";
  }
  if (error instanceof Deno.errors.IsADirectory) return "is a folder; give the files in it";
  const { message } = error instanceof Error ? error : new Error(String(error));
  // The system's message ends with the operation and the path; the caller names the location itself.
  return `can't be read (${message.replace(/: \w+ '.*'$/s, "")})`;
}

function fromStream(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  isLive: boolean,
): ByteSource {
  return {
    isLive,
    chunks: () => readChunks(stream, signal),
    close: () => stream.cancel().catch(() => {}),
  };
}

/** The chunks until the stream ends or `signal` aborts; then the stream is cancelled. */
export async function* readChunks(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    await reader.cancel().catch(() => {});
  }
}
