import { dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { concat } from "../../../../shared/core/bytes.ts";
import type { CommandError } from "../../../../shared/core/errors.ts";
import { audioError, isAddress, PlaylistFound } from "./location.ts";
import { type HttpAnswer, prepend } from "./http_answer.ts";
import { describeNetworkProblem } from "./http_request.ts";
import {
  beginsPlaylist,
  beginsText,
  hasPlaylistName,
  isPlaylistType,
  parsePlaylist,
} from "./playlist_format.ts";

/** Real playlists are far smaller. */
const MAX_BYTES = 256 * 1024;
/** Enough to recognize a playlist by its beginning. */
const START_BYTES = 512;
/** Content-Types of sound: such an answer is not examined. */
const SOUND_TYPES =
  /^\s*(audio\/(mpeg|mp3|ogg|opus|aac|aacp|wav|flac|x-flac|mp4)|application\/ogg|video\/)/i;

/**
 * Examines whether a file is a playlist.
 *
 * @returns undefined when the file is no playlist; else the error to throw: a PlaylistFound, or why
 * the playlist can't be played. Rejects when the file can't be read.
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
 * Examines whether an answer is a playlist, by its Content-Type, its name and its beginning.
 *
 * @param withinPatience runs a read that may not take longer than the server may be silent.
 * @returns the answer to be played when it is no playlist; else the error to throw.
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
 * Reads to the end, or until more than {@linkcode MAX_BYTES} were read.
 *
 * @returns isWhole: false when `couldBe` rejected the beginning and reading stopped there.
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

/** The address after redirects, with the name and password that were given for that server. */
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

const HLS_PROBLEM = "is an HLS stream, which is split into many files; let ffmpeg read it: " +
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

/**
 * The address or the absolute path of a playlist's entry.
 *
 * @param base the playlist's own address or path, to which the entry may be relative.
 * @returns undefined for an entry that may not be opened: a file named by a playlist from the
 * network, or an address that is not http or https.
 */
export function resolveEntry(
  entry: string,
  base: string,
  { areUris }: { readonly areUris: boolean },
): string | undefined {
  if (isAddress(base)) return resolveAddress(entry, base);
  if (/^file:/i.test(entry)) return pathOfUrl(entry);
  if (isAddress(entry)) return isHttp(entry) ? entry : undefined;
  const path = areUris ? decode(entry) : entry;
  // A playlist made on Windows may have backslashes.
  const isForeign = sep === "/" && !path.includes("/");
  return resolve(dirname(base), isForeign ? path.replaceAll("\\", "/") : path);
}

/**
 * An entry on the same server gets the name and password of the playlist; no other server gets
 * them.
 */
function resolveAddress(entry: string, base: string): string | undefined {
  if (!URL.canParse(entry, base)) return undefined;
  const url = new URL(entry, base);
  const { origin, username, password } = new URL(base);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (url.origin === origin && url.username === "" && url.password === "") {
    url.username = username;
    url.password = password;
  }
  return url.href;
}

function isHttp(address: string): boolean {
  return /^https?:/i.test(address) && URL.canParse(address);
}

function pathOfUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
