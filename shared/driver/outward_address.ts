const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);
const LOOPBACK = { IPv4: "127.0.0.1", IPv6: "::1" } as const;

/** An address of this machine. */
export interface OwnAddress {
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
}

/**
 * Where others reach a socket bound to `host`: for all of a machine's addresses it is the first one that
 * others may reach; loopback when it has none.
 */
export function outwardHost(host: string, own: readonly OwnAddress[]): string {
  if (!EVERY_ADDRESS.has(host)) return host;
  const family = familyOf(host);
  const outward = own.find(({ address, family: its }) =>
    its === family && address !== LOOPBACK[family] && !/^(fe80:|169\.254\.)/i.test(address)
  );
  return outward?.address ?? LOOPBACK[family];
}

/** Where the same machine reaches it. */
export function localHost(host: string): string {
  return EVERY_ADDRESS.has(host) ? LOOPBACK[familyOf(host)] : host;
}

function familyOf(host: string): "IPv4" | "IPv6" {
  return host.includes(":") ? "IPv6" : "IPv4";
}
