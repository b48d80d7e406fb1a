import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { type JoinLink, parseHostKey, parseJoinLink } from "../../shared/admission/join_link.ts";
import type { Address } from "../../shared/driver/socket.ts";
import { GARBLED, isGarbled, tidyToken } from "../../shared/text/token_text.ts";
import { fitsJoin } from "../../shared/admission/admission.ts";
import { parseDirectoryLink } from "../../shared/directory/directory_link.ts";
import type { Identity } from "../../shared/directory/identity.ts";
import { ownerOf } from "../../shared/directory/join_token.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { findInDirectory, findOwnIdentity } from "../finding/io/directory_target.ts";
import type { ConnectOptions, DirectoryBroadcast } from "../interface/config.ts";
import type { HostSearch } from "../finding/host_finder.ts";
import { readTokenFile, resolveHost, tokenFromEnvironment } from "./io/environment.ts";

/** The token for the host, and the key by which the listener recognises the host. */
export interface Credentials {
  readonly token?: string;
  readonly hostKey?: Uint8Array;
}

/** The host to join, and the credentials for it. */
export interface Target extends Credentials {
  /** With a numeric address. */
  readonly server: Address;
  /** Reads them again: a host on this machine that was restarted has left a new link. */
  renew(): Credentials;
  /** The owner of the token, who proves that to the host; absent for a token without an owner. */
  readonly identity?: Identity;
  /** How the host is found again; absent when no directory knows it. */
  readonly search?: HostSearch;
}

/**
 * Finds out address, token and key of the host, from the link, the flags, the environment, or the link that a
 * host of the same user has left on this machine.
 *
 * @param onWaiting called with one line that says what is waited for, such as a token file that is a pipe.
 * @throws CommandError when the link or the token file can't be used, or the name can't be resolved.
 */
export async function findTarget(
  options: ConnectOptions,
  machine: Machine,
  onWaiting: (text: string) => void = () => {},
): Promise<Target> {
  const broadcast = options.broadcast ?? readDirectoryLink(options.link);
  if (broadcast) return await findInDirectory({ ...options, broadcast }, machine, onWaiting);
  const place = readPlace(options);
  const givenToken = place.token ?? await readGivenToken(options, onWaiting);
  checkIdentity(options.name, givenToken);
  const owner = givenToken === undefined ? undefined : ownerOf(givenToken);
  const identity = owner === undefined ? undefined : await findOwner(owner, options, machine);
  const givenKey = readHostKey(place.hostKey);
  const server = { hostname: await resolveHost(place.host), port: place.port };
  const first = findLeftLink(options, server);
  const renew = (): Credentials => {
    const left = findLeftLink(options, server);
    const token = givenToken ?? left?.token;
    const leftKey = parseHostKey(left?.hostKey ?? "");
    // A link that was left after the start is newer than the given key, and only this user can leave one.
    const hostKey = left?.hostKey !== first?.hostKey ? leftKey ?? givenKey : givenKey ?? leftKey;
    return { ...(token !== undefined && { token }), ...(hostKey && { hostKey }) };
  };
  return { server, ...renew(), renew, ...(identity && { identity }) };
}

/** A directory's link names the broadcast, whose host and token the directory tells. */
function readDirectoryLink(link: string | undefined): DirectoryBroadcast | undefined {
  const parsed = link === undefined ? undefined : parseDirectoryLink(link);
  return parsed && { directory: `${parsed.directory}/`, id: parsed.broadcastId };
}

/** A token that names an owner is of no use to anybody else, so the host is not even asked. */
async function findOwner(
  owner: string,
  { identity: path }: ConnectOptions,
  machine: Machine,
): Promise<Identity> {
  const identity = await findOwnIdentity(path, machine);
  if (identity?.publicKey === owner) return identity;
  throw new CommandError(
    ExitCode.rejected,
    "This token belongs to another identity: get one of your own with listen --search TEXT --directory URL, " +
      "or give its owner's file with --identity FILE",
  );
}

function readHostKey(text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const key = parseHostKey(text);
  if (key) return key;
  throw new CommandError(
    ExitCode.usage,
    "The key (k=) of this join link is incomplete: copy the whole link from the host",
  );
}

function readPlace({ link, host, port }: ConnectOptions): JoinLink {
  if (link === undefined) return { host, port };
  const parsed = parseJoinLink(link);
  if (parsed) return parsed;
  throw new CommandError(
    ExitCode.usage,
    "This is not a join link such as streamer://HOST:PORT/?t=TOKEN: copy the whole link from the host",
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

/** Reports a name or token that is too long for a JOIN, without repeating the token. */
function checkIdentity(name: string | undefined, token: string | undefined): void {
  if (token !== undefined && isGarbled(token)) throw new CommandError(ExitCode.usage, GARBLED);
  if (fitsJoin({ name, token })) return;
  const what = fitsJoin({ name })
    ? fitsJoin({ token })
      ? "--name and the token are too long together: shorten the name"
      : "The token is too long: check the link, --token, --token-file and STREAMER_TOKEN"
    : "--name is too long: at most 64 characters, fewer if they are not ASCII";
  throw new CommandError(ExitCode.usage, what);
}

/** The link that a host of the same user on this machine has left; it has a token and a key. */
function findLeftLink({ links }: ConnectOptions, server: Address): JoinLink | undefined {
  const link = isLoopback(server.hostname) ? links?.find(server.port) : undefined;
  return link === undefined ? undefined : parseJoinLink(link);
}

export function isLoopback(hostname: string): boolean {
  return hostname.startsWith("127.") || hostname === "::1";
}
