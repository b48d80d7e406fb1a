import { outwardHosts, type OwnAddress } from "../../shared/driver/outward_address.ts";
import { isLocalHost } from "../../shared/directory/directory_link.ts";
import { type Address, addressKey } from "../../shared/driver/socket.ts";

/** Where a host says that it can be reached, `--advertise`; the port is the bound one when it is absent. */
export interface AdvertisedAddress {
  readonly hostname: string;
  readonly port?: number;
}

/** What a host is bound to, and what it says of itself. */
export interface BoundHost {
  /** The address it is bound to; `0.0.0.0` and `::` are all addresses of the machine. */
  readonly host: string;
  readonly port: number;
  readonly advertised: readonly AdvertisedAddress[];
}

/** From where listeners reach an address: from anywhere, from the host's network, or from its machine alone. */
export type Reach = "anywhere" | "network" | "machine";

/** An address under which listeners may reach a host. */
export interface JoinAddress extends Address {
  /** What the address itself says; routers and firewalls may say otherwise. */
  readonly reach: Reach;
}

/**
 * The addresses under which listeners may reach a host, each once, the best first: those it advertises, then
 * those of the machine, those of the family that it is bound to first. Loopback only when there is no other.
 *
 * @param own the addresses of the machine.
 */
export function joinAddresses(
  { host, port, advertised }: BoundHost,
  own: readonly OwnAddress[],
): JoinAddress[] {
  const given = advertised.map(({ hostname, port: itsPort = port }) => ({
    hostname,
    port: itsPort,
    reach: reachOf(hostname),
  }));
  const bound = outwardHosts(host, own).map((hostname) => ({
    hostname,
    port,
    reach: EXAMPLE_ADDRESS.test(hostname) ? "network" as const : reachOf(hostname),
  }));
  const addresses = new Map<string, JoinAddress>();
  for (const address of [...given, ...bound]) {
    if (!addresses.has(addressKey(address))) addresses.set(addressKey(address), address);
  }
  return [...addresses.values()];
}

/** Shared by the customers of a provider, and used in private networks of tunnels (RFC 6598). */
const SHARED_ADDRESS = /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;
/** Meant for texts (RFC 5737, RFC 3849) and tests (RFC 2544), so no router passes them on. */
const EXAMPLE_ADDRESS = /^(192\.0\.2|198\.51\.100|203\.0\.113|198\.1[89])\.|^2001:db8:/i;
/** Names that a network gives to its machines (RFC 6762, RFC 8375). */
const LOCAL_DOMAIN = /\.(local|home\.arpa)\.?$/i;
const OWN_MACHINE = /^(127\.[\d.]+|::1|localhost)$/i;

function reachOf(hostname: string): Reach {
  if (OWN_MACHINE.test(hostname)) return "machine";
  // What follows the percent sign is the zone of an IPv6 address.
  const host = hostname.includes(":") ? `[${hostname.replace(/%.*/, "")}]` : hostname;
  const isLocal = isLocalHost(host) || SHARED_ADDRESS.test(host) || LOCAL_DOMAIN.test(host);
  return isLocal ? "network" : "anywhere";
}
