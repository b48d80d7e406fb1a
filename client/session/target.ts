import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { type JoinLink, parseHostKey, parseJoinLink } from "../../shared/admission/join_link.ts";
import type { Address } from "../../shared/driver/socket.ts";
import { GARBLED, isGarbled, tidyToken } from "../../shared/text/token_text.ts";
import { fitsJoin } from "../../shared/admission/admission.ts";
import type { ConnectOptions } from "../interface/config.ts";
import { readTokenFile, tokenFromEnvironment } from "./io/environment.ts";
import { resolveHost } from "./io/resolve_host.ts";

/** What opens a host's door, and tells it from others. */
export interface Credentials {
  readonly token?: string;
  readonly hostKey?: Uint8Array;
}

/** Whom to ask, and with what. */
export interface Target extends Credentials {
  /** Numeric. */
  readonly server: Address;
  /** Looks them up again: a host of this machine that restarted has left others. */
  renew(): Credentials;
}

/**
 * @param onWaiting told in one line what it waits for, if it does.
 * @throws CommandError when the link, the token file or the name of the host is of no use.
 */
export async function findTarget(
  options: ConnectOptions,
  onWaiting: (text: string) => void = () => {},
): Promise<Target> {
  const place = readPlace(options);
  const givenToken = place.token ?? await readGivenToken(options, onWaiting);
  checkIdentity(options.name, givenToken);
  const givenKey = readHostKey(place.hostKey);
  const server = { hostname: await resolveHost(place.host), port: place.port };
  const first = findLeftLink(options, server);
  const renew = (): Credentials => {
    const left = findLeftLink(options, server);
    const token = givenToken ?? left?.token;
    const leftKey = parseHostKey(left?.hostKey ?? "");
    // One that was left since is newer than what was given, and only this user can have left it.
    const hostKey = left?.hostKey !== first?.hostKey ? leftKey ?? givenKey : givenKey ?? leftKey;
    return { ...(token !== undefined && { token }), ...(hostKey && { hostKey }) };
  };
  return { server, ...renew(), renew };
}

function readHostKey(text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const key = parseHostKey(text);
  if (key) return key;
  throw new CommandError(
    ExitCode.usage,
    "The key (k=) of this join link is cut or changed: copy the host's whole line",
  );
}

function readPlace({ link, host, port }: ConnectOptions): JoinLink {
  if (link === undefined) return { host, port };
  const parsed = parseJoinLink(link);
  if (parsed) return parsed;
  throw new CommandError(
    ExitCode.usage,
    "This is not a join link such as streamer://HOST:PORT/?t=TOKEN: copy the host's whole line",
  );
}

async function readGivenToken(
  options: ConnectOptions,
  onWaiting: (text: string) => void,
): Promise<string | undefined> {
  if (options.token !== undefined) return tidyToken(options.token);
  if (options.tokenFile !== undefined) return await readTokenFile(options.tokenFile, onWaiting);
  return tokenFromEnvironment();
}

/** What does not fit a JOIN is said now, and without repeating a token. */
function checkIdentity(name: string | undefined, token: string | undefined): void {
  if (token !== undefined && isGarbled(token)) throw new CommandError(ExitCode.usage, GARBLED);
  if (fitsJoin({ name, token })) return;
  const what = fitsJoin({ name })
    ? fitsJoin({ token })
      ? "--name and the token are too long together: shorten the name"
      : "The token is too long: check the link, --token, --token-file and STREAMER_TOKEN"
    : "--name is too long: at most 64 characters, or fewer when they are not plain letters";
  throw new CommandError(ExitCode.usage, what);
}

/** A host run by the same user on this machine leaves its link, with token and key in it. */
function findLeftLink({ links }: ConnectOptions, server: Address): JoinLink | undefined {
  const link = isLoopback(server.hostname) ? links?.find(server.port) : undefined;
  return link === undefined ? undefined : parseJoinLink(link);
}

export function isLoopback(hostname: string): boolean {
  return hostname.startsWith("127.") || hostname === "::1";
}
