import { outwardHost } from "../../shared/driver/outward_address.ts";
import type { Address } from "../../shared/driver/socket.ts";

/** The address for a browser; for a server bound to all addresses, the first one others may reach. */
export function reachableAddress({ hostname, port }: Address): Address {
  return { hostname: outwardHost(hostname, Deno.networkInterfaces()), port };
}
