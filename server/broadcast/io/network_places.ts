import { lookup } from "node:dns/promises";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { firstOutwardAddress } from "../../../shared/driver/outward_address.ts";
import type { Address } from "../../../shared/driver/socket.ts";

const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);
const LOOPBACK = { IPv4: "127.0.0.1", IPv6: "::1" } as const;

/**
 * Where listeners reach a socket bound to `host`: for all of this machine's addresses it is the first
 * one that is not loopback.
 */
export function reachableHost(host: string): string {
  if (!EVERY_ADDRESS.has(host)) return host;
  const family = host === "::" ? "IPv6" : "IPv4";
  return firstOutwardAddress(Deno.networkInterfaces(), family);
}

/** Where the same machine reaches it. */
export function localHost(host: string): string {
  if (!EVERY_ADDRESS.has(host)) return host;
  return LOOPBACK[host === "::" ? "IPv6" : "IPv4"];
}

/**
 * Looks names up once, so that no packet waits for it.
 *
 * @throws CommandError when a name can't be found.
 */
export async function resolveAddresses(
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
        `--rtp-to ${hostname}: no IPv${family} address by that name; check it, or give the address`,
      );
    }
  }));
}
