import { CommandError, ExitCode } from "../../../../../shared/core/errors.ts";
import { nameFile } from "../../../../../shared/text/file_names.ts";
import type { Millis } from "../../../../../shared/core/units.ts";

/** How long to wait for an http server; tests hand in less. */
export interface HttpPatience {
  /** Resolves after `millis`, or when `signal` aborts. */
  pause(millis: Millis, signal: AbortSignal): Promise<void>;
  /** A server silent for so long is taken for gone. */
  readonly silenceMillis: Millis;
}

/** The bytes behind a location, read as they are pulled. */
export interface ByteSource {
  readonly isLive: boolean;
  /** What a server says it is; undefined where nobody says. */
  readonly contentType?: string;
  /** `"restart"` says that what follows does not go on where the bytes before it ended. */
  chunks(): AsyncGenerator<Uint8Array | "restart">;
  /** Lets go of what is open; needed only when `chunks` is not read to its end. */
  close(): Promise<void>;
}

export interface ByteSourceContext {
  readonly signal: AbortSignal;
  readonly patience?: Partial<HttpPatience>;
  readonly onNotice: (text: string) => void;
  /** Told in one line that nobody writes to a named pipe yet. */
  readonly onWaiting?: (text: string) => void;
}

const STANDARD_INPUT = "-";

export function isStandardInput(location: string): boolean {
  return location === STANDARD_INPUT;
}

export function isAddress(location: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(location);
}

/** How a location is written in a message: in quotes, or "standard input". */
export function describeLocation(location: string): string {
  const text = showLocation(location);
  return isStandardInput(location) ? text : `"${text}"`;
}

/** How a location is shown to people: no password, no token of an address's query. */
export function showLocation(location: string): string {
  if (isStandardInput(location)) return "standard input";
  return withoutSecrets(location).replace(UNPRINTABLE, " ");
}

/** A playlist may name what would move a cursor or turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
/** What looks like a host and a port, and what stands behind it. */
const AUTHORITY = /^[^/]+\/\/([^/?#]*)[/?#](.*)$/s;

/** Whether there may be a password with one of / ? # in it, behind what looks like a host and a port. */
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

/** Ends the command over one location of `--audio`; `problem` ends the sentence. */
export function audioError(
  location: string,
  problem: string,
  exitCode: ExitCode = ExitCode.failure,
) {
  return new CommandError(exitCode, `--audio ${describeLocation(location)} ${problem}`);
}

/** Says that a location is a list of others, which are to be played in its place. */
export class PlaylistFound extends CommandError {
  /** Addresses and paths, none of them relative. */
  constructor(location: string, readonly entries: readonly string[]) {
    super(
      ExitCode.failure,
      `--audio ${describeLocation(location)} is a playlist; give what stands in it`,
    );
  }
}
