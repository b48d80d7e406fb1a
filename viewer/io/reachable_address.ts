import type { Address } from "../../shared/driver/socket.ts";
import { firstOutwardAddress } from "../../shared/driver/outward_address.ts";

/** Where a browser reaches a server bound to `bound`; for every address it is the first outward one. */
export function reachableAddress({ hostname, port }: Address): Address {
  if (hostname !== "0.0.0.0" && hostname !== "::") return { hostname, port };
  const family = hostname === "::" ? "IPv6" : "IPv4";
  return { hostname: firstOutwardAddress(Deno.networkInterfaces(), family), port };
}
