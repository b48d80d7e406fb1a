const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);
const LOOPBACK = { IPv4: "127.0.0.1", IPv6: "::1" } as const;

/** An address of this machine. */
export interface OwnAddress {
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
}

/** Addresses that only the machine itself or its own link reaches. */
const INWARD = /^(127\.|169\.254\.|::1$|fe80:)/i;

/**
 * The hosts under which others reach a socket that is bound to `host`, one at least. If that is all addresses of the
 * machine, they are those that other machines may reach, of the family that it is bound to first; loopback when there
 * is none.
 */
export function outwardHosts(host: string, own: readonly OwnAddress[]): string[] {
  if (!EVERY_ADDRESS.has(host)) return [host];
  // On most systems a socket that is bound to :: takes IPv4 too.
  const families = host === "::" ? ["IPv6", "IPv4"] : ["IPv4"];
  const outward = families.flatMap((wanted) =>
    own.filter(({ address, family }) => family === wanted && !INWARD.test(address))
  );
  if (outward.length === 0) return [LOOPBACK[familyOf(host)]];
  return outward.map(({ address }) => address);
}

/** The first of {@linkcode outwardHosts}. */
export function outwardHost(host: string, own: readonly OwnAddress[]): string {
  return outwardHosts(host, own)[0]!;
}

/** Where the same machine reaches it. */
export function localHost(host: string): string {
  return EVERY_ADDRESS.has(host) ? LOOPBACK[familyOf(host)] : host;
}

function familyOf(host: string): "IPv4" | "IPv6" {
  return host.includes(":") ? "IPv6" : "IPv4";
}
