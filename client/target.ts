import { CommandError, ExitCode } from "../shared/core/errors.ts";
import { parseJoinLink } from "../shared/core/join_link.ts";
import type { Address } from "../shared/core/socket.ts";
import type { ConnectOptions } from "./config.ts";
import { readTokenFile, tokenFromEnvironment } from "./io/environment.ts";
import { resolveHost } from "./io/resolve_host.ts";

/** Whom to ask, and with what. */
export interface Target {
  /** Numeric. */
  readonly server: Address;
  readonly token?: string;
  /** Looks the token up again: a host of this machine that restarted has left another. */
  renewToken(): string | undefined;
}

/** @throws CommandError when the link, the token file or the name of the host is of no use. */
export async function findTarget(options: ConnectOptions): Promise<Target> {
  const place = readPlace(options);
  const given = place.token ?? await readGivenToken(options);
  const server = { hostname: await resolveHost(place.host), port: place.port };
  const find = () => given ?? findLeftToken(options, server);
  const token = find();
  return { server, ...(token === undefined ? {} : { token }), renewToken: find };
}

function readPlace({ link, host, port }: ConnectOptions) {
  if (link === undefined) return { host, port };
  const parsed = parseJoinLink(link);
  if (parsed) return parsed;
  throw new CommandError(
    ExitCode.usage,
    "This is not a join link such as streamer://HOST:PORT/?t=TOKEN: copy the host's whole line",
  );
}

async function readGivenToken(options: ConnectOptions): Promise<string | undefined> {
  if (options.token !== undefined) return options.token;
  if (options.tokenFile !== undefined) return await readTokenFile(options.tokenFile);
  return tokenFromEnvironment();
}

/** A host run by the same user on this machine leaves its link, with the token in it. */
function findLeftToken({ links }: ConnectOptions, server: Address): string | undefined {
  const link = isLoopback(server.hostname) ? links?.find(server.port) : undefined;
  return link === undefined ? undefined : parseJoinLink(link)?.token;
}

export function isLoopback(hostname: string): boolean {
  return hostname.startsWith("127.") || hostname === "::1";
}
