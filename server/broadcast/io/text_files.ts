/*
 * What a broadcast needs of files and of the network before it starts.
 *
 * In: options of `serve`: paths and host names.
 * Out: from this file, the tokens of `--token-file` and the session description that `--sdp` writes; from
 * network_places.ts, the addresses behind host names, and the address that the join link shows.
 *
 * ../open_broadcast.ts calls both. Read next: network_places.ts.
 */

import { readBounded } from "../../../shared/core/bounded_bytes.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { nameFile, UNNAMED } from "../../../shared/text/file_names.ts";
import { waitingText } from "../../../shared/core/pipe_waiting.ts";
import { decodeText, NOT_TEXT } from "../../../shared/text/text_bytes.ts";
import { GARBLED, isGarbled, tidyToken } from "../../../shared/text/token_text.ts";
import { fitsJoin, MAX_TOKEN_BYTES } from "../../../shared/admission/admission.ts";
import type { ServeOptions } from "../../interface/config.ts";
import { openForReading } from "../../origin/io/open_for_reading.ts";

/** Room for many thousands of tokens. The limit is for a device, which has no end. */
const MAX_TOKEN_FILE_BYTES = 4 * 1024 * 1024;

/**
 * The plain tokens that the host accepts: those of `--token` and of `--token-file` (one per line). When
 * there is none of these and no `--tokens`, the token of STREAMER_TOKEN, if it is set.
 *
 * @throws CommandError naming the file, never a token.
 */
export async function readTokens(
  { tokens: given, tokenFile, signedTokens }: Pick<
    ServeOptions,
    "tokens" | "tokenFile" | "signedTokens"
  >,
  waiting: Waiting,
): Promise<string[]> {
  const tokens = given.map(tidyToken);
  if (tokenFile !== undefined) tokens.push(...await readTokenFile(tokenFile, waiting));
  const fromEnvironment = tidyToken(Deno.env.get("STREAMER_TOKEN") ?? "");
  const isDecided = tokens.length > 0 || signedTokens !== undefined;
  if (!isDecided && fromEnvironment) tokens.push(fromEnvironment);
  if (tokens.some(isGarbled)) throw new CommandError(ExitCode.usage, GARBLED);
  if (tokens.every((token) => token !== "" && fitsJoin({ token }))) return tokens;
  throw new CommandError(
    ExitCode.usage,
    `A token has 1 to ${MAX_TOKEN_BYTES} characters: check --token, --token-file, STREAMER_TOKEN`,
  );
}

/** For a token file that is a named pipe without a writer yet. */
export interface Waiting {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Told in one line what is waited for. */
  readonly onWaiting?: (text: string) => void;
}

async function readTokenFile(path: string, { signal, onWaiting }: Waiting): Promise<string[]> {
  const name = nameFile(path, Deno.lstatSync);
  const fail = (what: string) => new CommandError(ExitCode.failure, `--token-file ${name}${what}`);
  let bytes: Uint8Array | undefined;
  try {
    const say = () => onWaiting?.(waitingText("--token-file", path, "writes to"));
    const file = await openForReading(path, { signal, onWaiting: say });
    bytes = file ? await readBounded(file.readable, MAX_TOKEN_FILE_BYTES) : new Uint8Array();
  } catch (error) {
    // The message of the system would repeat the name, which may be a token.
    const what = name === UNNAMED
      ? " is not a file: name a file with one token per line; a token itself goes to --token"
      : `: ${describe(error)}`;
    throw fail(what);
  }
  if (bytes === undefined) throw fail(" is too long for a token file");
  const text = decodeText(bytes);
  if (text === undefined) throw fail(` ${NOT_TEXT}`);
  const tokens = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  if (tokens.length > 0) return tokens;
  throw fail(" is empty: put one token per line into it");
}

/**
 * Writes a session description. It may replace an earlier session description, but no other file. For a
 * named pipe, this does not wait until a program reads it.
 *
 * @throws CommandError when it can't be written, or when there is another file.
 */
export async function writeSessionDescription(path: string, text: string): Promise<void> {
  try {
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isFile && info.size > 0) await assertDescription(path);
    const written = Deno.writeTextFile(path, text);
    if (info?.isFifo) return void written.catch(() => {});
    await written;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      ExitCode.failure,
      `--sdp ${path}: ${describe(error)}; choose another path`,
    );
  }
}

/** A session description begins with its version (RFC 8866 section 5.1). */
async function assertDescription(path: string): Promise<void> {
  using file = await Deno.open(path);
  const start = new Uint8Array(3);
  await file.read(start);
  if (new TextDecoder().decode(start) === "v=0") return;
  throw new CommandError(
    ExitCode.failure,
    `--sdp ${path} exists and is not a session description, so it is not overwritten: ` +
      "name another file",
  );
}

function describe(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or folder";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
