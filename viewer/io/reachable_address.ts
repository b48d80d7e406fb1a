import { outwardHost } from "../../shared/driver/outward_address.ts";
import type { Address } from "../../shared/driver/socket.ts";

/** Where a browser reaches a server bound to `bound`. */
export function reachableAddress({ hostname, port }: Address): Address {
  return { hostname: outwardHost(hostname, Deno.networkInterfaces()), port };
}
