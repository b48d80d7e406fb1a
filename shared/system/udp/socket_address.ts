import type { Address } from "../../driver/socket.ts";

/** The bytes of an address of each family, and of the structure that holds it. */
const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;
const AF_INET = 2;
const AF_INET6 = 10;
const PORT_OFFSET = 2;
const IPV4_OFFSET = 4;
/** After family, port and flow label (RFC 3493 section 3.3). */
const IPV6_OFFSET = 8;

export type Family = "IPv4" | "IPv6";

/** The family of a socket that is bound to `hostname`. */
export function familyOf(hostname: string): Family {
  return hostname.includes(":") ? "IPv6" : "IPv4";
}

/**
 * Linux's `sockaddr_in` or `sockaddr_in6` of an address in figures, in whole words of 32 bits.
 *
 * @returns undefined for a name, a zone, or an address of the other family.
 */
export function encodeSocketAddress(
  { hostname, port }: Address,
  family: Family,
): Uint8Array | undefined {
  const address = family === "IPv4" ? parseIpv4(hostname) : parseIpv6(hostname);
  if (!address) return undefined;
  const isIpv4 = family === "IPv4";
  const encoded = new Uint8Array(isIpv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  new Uint16Array(encoded.buffer)[0] = isIpv4 ? AF_INET : AF_INET6;
  new DataView(encoded.buffer).setUint16(PORT_OFFSET, port);
  encoded.set(address, isIpv4 ? IPV4_OFFSET : IPV6_OFFSET);
  return encoded;
}

/** @returns undefined for anything but four numbers, as the runtime writes an address. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== IPV4_BYTES || !parts.every(isByte)) return undefined;
  return Uint8Array.from(parts, Number);
}

function isByte(text: string): boolean {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255;
}

/** @returns undefined for anything but an address without a zone (RFC 4291 section 2.2). */
export function parseIpv6(text: string): Uint8Array | undefined {
  const groups = groupsOf(text);
  if (!groups) return undefined;
  const address = new Uint8Array(IPV6_BYTES);
  const view = new DataView(address.buffer);
  groups.forEach((group, at) => view.setUint16(2 * at, group));
  return address;
}

/** The eight groups of 16 bits. */
function groupsOf(text: string): number[] | undefined {
  const halves = withoutDots(text)?.split("::") ?? [];
  if (halves.length < 1 || halves.length > 2) return undefined;
  const [before, after = []] = halves.map((half) => half === "" ? [] : half.split(":"));
  const left = IPV6_BYTES / 2 - before!.length - after.length;
  const isWhole = halves.length === 1 ? left === 0 : left >= 1;
  const all = [...before!, ...after];
  if (!isWhole || !all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const zeros = new Array<number>(left).fill(0);
  return [...before!.map(fromHex), ...zeros, ...after.map(fromHex)];
}

function fromHex(group: string): number {
  return Number.parseInt(group, 16);
}

/** An IPv4 address at the end is written as two groups. */
function withoutDots(text: string): string | undefined {
  const end = text.lastIndexOf(":") + 1;
  if (!text.includes(".")) return text;
  const bytes = parseIpv4(text.slice(end));
  if (!bytes) return undefined;
  const [high, low] = [bytes.subarray(0, 2), bytes.subarray(2)].map((two) => two.toHex());
  return `${text.slice(0, end)}${high}:${low}`;
}

/** @param address four bytes. */
export function formatIpv4(address: Uint8Array): string {
  return address.join(".");
}

/**
 * The text of RFC 5952, as the runtime writes it: of the longest row of zeros, the first if there are several, nothing
 * is written; the last 32 bits of a mapped IPv4 address alone are written with dots (section 5).
 *
 * @param address 16 bytes.
 */
export function formatIpv6(address: Uint8Array): string {
  const view = new DataView(address.buffer, address.byteOffset);
  const groups = Array.from({ length: IPV6_BYTES / 2 }, (_, at) => view.getUint16(2 * at));
  if (isMappedIpv4(groups)) return `::ffff:${formatIpv4(address.subarray(-IPV4_BYTES))}`;
  const [start, end] = longestZeros(groups);
  const text = (some: number[]) => some.map((group) => group.toString(16)).join(":");
  // A single zero is written.
  if (end - start < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(end))}`;
}

/** Of the groups of an address; RFC 4291 section 2.5.5.2. */
function isMappedIpv4(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}

/** Where the longest row of zeros begins, and where it has ended. */
function longestZeros(groups: readonly number[]): readonly [start: number, end: number] {
  let longest: readonly [number, number] = [0, 0];
  let start = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== 0) start = at + 1;
    else if (at + 1 - start > longest[1] - longest[0]) longest = [start, at + 1];
  }
  return longest;
}
