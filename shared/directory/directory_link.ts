import { placeOfDirectory } from "./directory_address.ts";

/** A link that names a broadcast in a directory and holds no token: `streamer://HOST:PORT/?b=ID`. */
export interface DirectoryLink {
  /** The directory's address for programs, without a path: `https://example.org:8090`. */
  readonly directory: string;
  readonly broadcastId: string;
}

const LINK =
  /^streamer:\/\/(\[[0-9a-f:.]+\]|[\p{L}\p{N}_.-]{1,253}):(\d{1,5})\/?\?b=([0-9a-f]{16})$/iu;
const LOCAL_NAME = /^localhost$/i;
/** Loopback and private addresses (RFC 1122, RFC 1918, RFC 3927, RFC 4193, RFC 4291). */
const LOCAL_ADDRESS =
  /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)[\d.]+$|^\[(::1|f[cd][0-9a-f:.]+|fe[89ab][0-9a-f:.]+)\]$/i;

/** @returns undefined when `text` names no broadcast in a directory, as a join link of a host does not. */
export function parseDirectoryLink(text: string): DirectoryLink | undefined {
  const [, host, port, broadcastId] = LINK.exec(text.trim()) ?? [];
  if (host === undefined || broadcastId === undefined) return undefined;
  if (!(Number(port) >= 1 && Number(port) <= 65_535)) return undefined;
  const scheme = isLocalHost(host) ? "http" : "https";
  return { directory: `${scheme}://${host}:${port}`, broadcastId: broadcastId.toLowerCase() };
}

/** @param directory `HOST:PORT` */
export function formatDirectoryLink(directory: string, broadcastId: string): string {
  return `streamer://${directory}/?b=${broadcastId}`;
}

/**
 * The link of a broadcast in the directory at an address.
 *
 * @returns undefined where a link would lead elsewhere: the directory speaks http to strangers, or has a path.
 */
export function directoryLinkOf(address: string, broadcastId: string): string | undefined {
  const link = formatDirectoryLink(placeOfDirectory(address), broadcastId);
  const parsed = parseDirectoryLink(link);
  return parsed !== undefined && new URL(parsed.directory).href === address ? link : undefined;
}

/** Whether a host, an IPv6 address in brackets, is this machine or in a private network, where http is spoken. */
export function isLocalHost(host: string): boolean {
  return LOCAL_NAME.test(host) || LOCAL_ADDRESS.test(host);
}
