const LOOPBACK = { IPv4: "127.0.0.1", IPv6: "::1" } as const;

/** The first address of a machine that others may reach; loopback when it has none. */
export function firstOutwardAddress(
  interfaces: readonly { readonly address: string; readonly family: "IPv4" | "IPv6" }[],
  family: "IPv4" | "IPv6",
): string {
  const outward = interfaces.find(({ address, family: its }) =>
    its === family && address !== LOOPBACK[family] && !/^(fe80:|169\.254\.)/i.test(address)
  );
  return outward?.address ?? LOOPBACK[family];
}
