import type { OwnAddress } from "../../shared/driver/outward_address.ts";
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

/** Addresses that only the machine itself or its own link reaches. */
const INWARD = /^(127\.|169\.254\.|::1$|fe80:)/i;

/**
 * The addresses under which listeners may reach a host, each once, the best first: those it advertises, then
 * those of the machine, those of the family that it is bound to first. Loopback only when there is no other.
 *
 * @param own the addresses of the machine.
 */
export function joinAddresses(
  { host, port, advertised }: BoundHost,
  own: readonly OwnAddress[],
): Address[] {
  const given = advertised.map(({ hostname, port: itsPort = port }) => ({
    hostname,
    port: itsPort,
  }));
  const bound = boundHostnames(host, own).map((hostname) => ({ hostname, port }));
  const addresses = new Map<string, Address>();
  for (const address of [...given, ...bound]) {
    if (!addresses.has(addressKey(address))) addresses.set(addressKey(address), address);
  }
  return [...addresses.values()];
}

function boundHostnames(host: string, own: readonly OwnAddress[]): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [host];
  // On most systems a socket that is bound to :: takes IPv4 too.
  const families = host === "::" ? ["IPv6", "IPv4"] : ["IPv4"];
  const outward = families.flatMap((wanted) =>
    own.filter(({ address, family }) => family === wanted && !INWARD.test(address))
  );
  if (outward.length > 0) return outward.map(({ address }) => address);
  return [host === "::" ? "::1" : "127.0.0.1"];
}
