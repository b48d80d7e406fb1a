import { lookup } from "node:dns/promises";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { outwardHost } from "../../../shared/driver/outward_address.ts";
import type { Address } from "../../../shared/driver/socket.ts";

/** Where listeners reach a socket bound to `host`. */
export function reachableHost(host: string): string {
  return outwardHost(host, Deno.networkInterfaces());
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
