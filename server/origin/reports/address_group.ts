/**
 * The group in which the votes of an address count: the IPv4 address, or the /64 prefix of an IPv6 address, since
 * one user has at least a /64. An IPv4 address written as IPv6 (RFC 4291 section 2.5.5.2) is that IPv4 address.
 *
 * @returns undefined for addresses that are not limited, because many people are behind one or none is public:
 * loopback, private (RFC 1918, RFC 4193), link-local and shared (RFC 6598) ones. What is no address is a group of
 * its own.
 */
export function addressGroup(hostname: string): string | undefined {
  const groups = readIpv6(hostname);
  if (!groups) return isPrivateIpv4(hostname) ? undefined : hostname;
  const mapped = mappedIpv4(groups);
  if (mapped !== undefined) return isPrivateIpv4(mapped) ? undefined : mapped;
  if (isPrivateIpv6(groups)) return undefined;
  return groups.slice(0, 4).map((group) => group.toString(16)).join(":") + "::/64";
}

/** The eight groups of an IPv6 address; the zone after `%` is left out. */
function readIpv6(hostname: string): readonly number[] | undefined {
  const [address = ""] = hostname.split("%");
  const url = `http://[${address}]/`;
  if (!address.includes(":") || !URL.canParse(url)) return undefined;
  // A URL writes it in one way (RFC 5952), without the dots of IPv4.
  const [head = "", tail] = new URL(url).hostname.slice(1, -1).split("::");
  const [left, right] = [readGroups(head), readGroups(tail ?? "")];
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return [...left, ...zeros, ...right];
}

function readGroups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

/** The address in `::ffff:a.b.c.d`. */
function mappedIpv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined;
  return [high >> 8, high % 256, low >> 8, low % 256].join(".");
}

function isPrivateIpv4(hostname: string): boolean {
  const parts = hostname.split(".").map(Number);
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part))) return false;
  const [first = 0, second = 0] = parts;
  return first === 10 || first === 127 ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254) ||
    (first === 100 && second >= 64 && second <= 127);
}

function isPrivateIpv6(groups: readonly number[]): boolean {
  const [first = 0] = groups;
  const isLoopback = groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1;
  const isUniqueLocal = first >> 9 === 0xfc >> 1;
  const isLinkLocal = first >> 6 === 0xfe80 >> 6;
  return isLoopback || isUniqueLocal || isLinkLocal;
}
