import { concat } from "../../../../../shared/core/bytes.ts";
import type { CommandError } from "../../../../../shared/core/errors.ts";
import { audioError, PlaylistFound } from "./audio_source_location.ts";
import { type HttpAnswer, prepend } from "./http_answer.ts";
import { describeNetworkProblem } from "./http_request.ts";
import { resolveEntry } from "./playlist_entries.ts";
import {
  beginsPlaylist,
  beginsText,
  hasPlaylistName,
  isPlaylistType,
  parsePlaylist,
} from "./playlist_format.ts";

/** Far more than a person lists, and little to keep. */
const MAX_BYTES = 256 * 1024;
/** So much shows how something begins. */
const START_BYTES = 512;
/** Types of what surely is sound. */
const SOUND_TYPES =
  /^\s*(audio\/(mpeg|mp3|ogg|opus|aac|aacp|wav|flac|x-flac|mp4)|application\/ogg|video\/)/i;

/**
 * Looks whether a file is a playlist.
 *
 * @returns undefined when it is none; or what to throw: a PlaylistFound, or why it can't be played.
 * Rejects when the file can't be read.
 */
export async function readPlaylistFile(path: string): Promise<CommandError | undefined> {
  using file = await Deno.open(path, { read: true });
  const start = await readFileUpTo(file, START_BYTES);
  const isList = hasPlaylistName(path) ? beginsText(start) : beginsPlaylist(start);
  if (!isList) return undefined;
  const rest = await readFileUpTo(file, MAX_BYTES + 1 - start.length);
  return understand(concat(start, rest), { location: path, base: path });
}

/**
 * Looks whether an answer is a playlist, by its type, its name and how it begins.
 *
 * @param withinPatience runs what may take no longer than the server may be silent.
 * @returns the answer to be played when it is none; or what to throw.
 */
export async function readPlaylistAnswer(
  answer: HttpAnswer,
  location: string,
  withinPatience: <Value>(start: () => Promise<Value>) => Promise<Value>,
): Promise<HttpAnswer | CommandError> {
  const type = answer.headers.get("content-type") ?? "";
  if (SOUND_TYPES.test(type)) return answer;
  const isNamed = isPlaylistType(type) || hasPlaylistName(new URL(answer.url).pathname);
  const couldBe = (start: Uint8Array) =>
    isNamed || start.length < START_BYTES ? beginsText(start) : beginsPlaylist(start);
  const reader = answer.body!.getReader();
  try {
    const { bytes, isWhole } = await readWhile(couldBe, () => withinPatience(() => reader.read()));
    const isList = isNamed ? isWhole : isWhole && beginsPlaylist(bytes);
    const base = baseOf(answer.url, location);
    const found = isList ? understand(bytes, { location, base }) : undefined;
    return found ?? { ...answer, body: prepend(bytes, reader) };
  } catch (error) {
    return audioError(location, describeNetworkProblem(error));
  }
}

/**
 * Reads to the end, or a little more than a playlist may have.
 *
 * @returns isWhole: false when `couldBe` said no to how it begins.
 */
async function readWhile(
  couldBe: (start: Uint8Array) => boolean,
  read: () => Promise<ReadableStreamReadResult<Uint8Array>>,
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  let start = new Uint8Array(0);
  while (length <= MAX_BYTES) {
    const { done, value } = await read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (start.length >= START_BYTES) continue;
    start = concat(...parts);
    if (!couldBe(start)) return { bytes: start, isWhole: false };
  }
  return { bytes: concat(...parts), isWhole: true };
}

/** Where it came from, with the name and password that were given for that server. */
function baseOf(url: string, location: string): string {
  const base = new URL(url);
  const given = new URL(location);
  if (base.origin === given.origin) {
    base.username = given.username;
    base.password = given.password;
  }
  return base.href;
}

function understand(
  bytes: Uint8Array,
  { location, base }: { readonly location: string; readonly base: string },
): CommandError | undefined {
  if (bytes.length > MAX_BYTES) {
    return audioError(location, `is a playlist of more than ${MAX_BYTES / 1024} kB; shorten it`);
  }
  const playlist = parsePlaylist(bytes);
  if (playlist === undefined) return undefined;
  if (playlist.kind === "hls") return audioError(location, HLS_PROBLEM);
  const entries = playlist.entries
    .map((entry) => resolveEntry(entry, base, playlist))
    .filter((entry) => entry !== undefined);
  if (entries.length > 0) return new PlaylistFound(location, entries);
  return audioError(location, "is a playlist without any sound in it; give one that has some");
}

const HLS_PROBLEM =
  "is an HLS stream, cut into files that a player puts together; have that done: " +
  "ffmpeg -i ADDRESS -vn -b:a 128k -f mp3 - | streamer serve --audio -";

async function readFileUpTo(file: Deno.FsFile, limit: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}
