import { lookup } from "node:dns/promises";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { outwardHost } from "../../../shared/driver/outward_address.ts";
import { type BoundHost, joinAddresses } from "../join_addresses.ts";
import type { Address } from "../../../shared/driver/socket.ts";

/**
 * The address at which other machines reach a socket bound to `host`: for a wildcard, the first address of
 * this machine that is not loopback.
 */
export function reachableHost(host: string): string {
  return outwardHost(host, Deno.networkInterfaces());
}

/** {@linkcode joinAddresses} of this machine. */
export function ownJoinAddresses(bound: BoundHost): Address[] {
  return joinAddresses(bound, Deno.networkInterfaces());
}

/**
 * Resolves names once at the start, so that no packet waits for a lookup.
 *
 * @throws CommandError when a name can't be resolved.
 */
export async function resolveAddresses(
  flag: "--rtp-to" | "--rtp-screen-to",
  addresses: readonly Address[],
  boundHost: string,
): Promise<Address[]> {
  const family = boundHost.includes(":") ? 6 : 4;
  return await Promise.all(addresses.map(async ({ hostname, port }) => {
    try {
      return { hostname: (await lookup(hostname, { family })).address, port };
    } catch {
      throw new CommandError(
        ExitCode.failure,
        `${flag} ${hostname}: this name has no IPv${family} address; check it, or give the address`,
      );
    }
  }));
}
