import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import { isNamedPipe } from "../../../../shared/system/files/named_pipe.ts";
import { nameFile } from "../../../../shared/text/file_names.ts";
import type { Millis } from "../../../../shared/core/units.ts";

/** How long to wait for an http server. */
export interface HttpPatience {
  /** Resolves after `millis`, or when `signal` aborts. */
  pause(millis: Millis, signal: AbortSignal): Promise<void>;
  /** A server that sends nothing for this long is taken for lost. */
  readonly silenceMillis: Millis;
}

/** The bytes behind a location, read as they are pulled. */
export interface ByteSource {
  readonly isLive: boolean;
  /** The Content-Type of an http answer; undefined for other sources. */
  readonly contentType?: string;
  /** `"restart"` means: the next bytes do not continue the bytes before. */
  chunks(): AsyncGenerator<Uint8Array | "restart">;
  /** Closes the source; needed only when `chunks` is not read to its end. */
  close(): Promise<void>;
}

/** What the bytes are read for; messages name it. */
export interface ByteUse {
  readonly flag: "--audio" | "--screen";
  readonly content: "sound" | "video";
  /** Whether a playlist is looked into. */
  readonly takesPlaylists: boolean;
}

export const SOUND_USE: ByteUse = { flag: "--audio", content: "sound", takesPlaylists: true };
export const SCREEN_USE: ByteUse = { flag: "--screen", content: "video", takesPlaylists: false };

export interface ByteSourceContext {
  readonly signal: AbortSignal;
  /** {@linkcode SOUND_USE} when absent. */
  readonly use?: ByteUse;
  readonly patience?: Partial<HttpPatience>;
  readonly onNotice: (text: string) => void;
  /** Called with one line when no program writes to a named pipe yet. */
  readonly onWaiting?: (text: string) => void;
}

const STANDARD_INPUT = "-";

export function isStandardInput(location: string): boolean {
  return location === STANDARD_INPUT;
}

/** Whether another program writes the sound while it is read: standard input or a named pipe. */
export function isPipe(location: string): boolean {
  return isStandardInput(location) || isNamedPipe(location);
}

export function isAddress(location: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(location);
}

/** The location as a message names it: in quotes, or "standard input". */
export function describeLocation(location: string): string {
  const text = showLocation(location);
  return isStandardInput(location) ? text : `"${text}"`;
}

/** The location as people see it: without the password and the query of an address. */
export function showLocation(location: string): string {
  if (isStandardInput(location)) return "standard input";
  return withoutSecrets(location).replace(UNPRINTABLE, " ");
}

/**
 * Characters that move a cursor or change the writing direction; an entry of a playlist may have
 * them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
/** What looks like a host and a port, and the text after it. */
const AUTHORITY = /^[^/]+\/\/([^/?#]*)[/?#](.*)$/s;

/** Whether a password may contain / ? or #: the text before that looks like a host and a port. */
function hasStrayPassword(location: string): boolean {
  const [, authority = "", rest = ""] = AUTHORITY.exec(location) ?? [];
  return /[:@]/.test(authority) && rest.includes("@");
}

function withoutSecrets(location: string): string {
  if (!isAddress(location)) return nameFile(location, Deno.lstatSync);
  if (!URL.canParse(location) || hasStrayPassword(location)) {
    return location.replace(/\/\/.*@/s, "//…@").replace(/[?#].*$/s, "");
  }
  const { protocol, host, pathname } = new URL(location);
  return `${protocol}//${host}${pathname}`;
}

/** The error about a location; `problem` is the end of the sentence. */
export function sourceError(
  { flag }: Pick<ByteUse, "flag">,
  location: string,
  problem: string,
  exitCode: ExitCode = ExitCode.failure,
): CommandError {
  return new CommandError(exitCode, `${flag} ${describeLocation(location)} ${problem}`);
}

/** The error about one location of `--audio`. */
export function audioError(location: string, problem: string, exitCode?: ExitCode): CommandError {
  return sourceError(SOUND_USE, location, problem, exitCode);
}

/** The location is a playlist: its entries are to be played in its place. */
export class PlaylistFound extends CommandError {
  /** @param entries addresses and absolute paths. */
  constructor(location: string, readonly entries: readonly string[]) {
    super(
      ExitCode.failure,
      `--audio ${describeLocation(location)} is a playlist; give an address or a file from it`,
    );
  }
}
