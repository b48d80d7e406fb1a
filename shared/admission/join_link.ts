import { fromBase64, toBase64Url } from "../text/base64.ts";

/** What a listener needs to join: `streamer://HOST:PORT/?t=TOKEN[&k=HOSTKEY]`. */
export interface JoinLink {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  /** The host's public key, base64url. */
  readonly hostKey?: string;
}

/**
 * Where a host stores its join link for listeners of the same user. `leave` throws a CommandError when
 * there is no safe place; `find` returns undefined for a link that is missing or that another user
 * could have written; `remove` does nothing when there is no link.
 */
export interface LinkStore {
  leave(port: number, link: string): void;
  find(port: number): string | undefined;
  remove(port: number): void;
}

const LINK = /^streamer:\/\/(?:\[([^\][\s]+)\]|([^\s/?#@:[\]]+)):(\d{1,5})\/?(?:\?([^#\s]*))?$/i;
const NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N}._-]{0,252})$/u;
const IPV6 = /^[0-9a-f.]*:[0-9a-f:.]+(?:%[\w.-]+)?$/i;
/** The longest token in a JOIN. */
const MAX_TOKEN_LENGTH = 700;

/** @returns undefined when `text` is not a whole join link; the caller tells the user what to do. */
export function parseJoinLink(text: string): JoinLink | undefined {
  const match = LINK.exec(text.trim());
  if (!match) return undefined;
  const [, bracketed, name, portText, query] = match;
  const port = Number(portText);
  // The percent sign of an IPv6 zone is written as %25 (RFC 6874).
  const host = bracketed?.replace(/%25/, "%") ?? name!;
  const isHost = bracketed === undefined ? NAME.test(host) : IPV6.test(host);
  if (!isHost || port < 1 || port > 65_535) return undefined;
  const parameters = new URLSearchParams(query ?? "");
  const tokens = parameters.getAll("t");
  const hostKeys = parameters.getAll("k");
  const isTooLong = (tokens[0] ?? "").length > MAX_TOKEN_LENGTH;
  if (tokens.length > 1 || hostKeys.length > 1 || isTooLong) return undefined;
  return {
    host,
    port,
    ...(tokens[0] ? { token: tokens[0] } : {}),
    ...(hostKeys[0] ? { hostKey: hostKeys[0] } : {}),
  };
}

export function formatJoinLink({ host, port, token, hostKey }: JoinLink): string {
  const parameters = new URLSearchParams();
  if (token !== undefined) parameters.set("t", token);
  if (hostKey !== undefined) parameters.set("k", hostKey);
  const query = parameters.size === 0 ? "" : `?${parameters}`;
  const authority = host.includes(":") ? `[${host.replace("%", "%25")}]` : host;
  return `streamer://${authority}:${port}/${query}`;
}

/** The 32 bytes of a link's `hostKey`; undefined when `text` is not a key. */
export function parseHostKey(text: string): Uint8Array | undefined {
  // 43 characters of base64url are 32 bytes and two more bits, which must be zero.
  if (!/^[\w-]{42}[AEIMQUYcgkosw048]$/.test(text)) return undefined;
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}

export function formatHostKey(key: Uint8Array): string {
  return toBase64Url(key);
}
