import { dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isAddress } from "./location.ts";

/**
 * What an entry of a playlist stands for: an address or an absolute path.
 *
 * @param base the playlist's own address or path, to which the entry may be relative.
 * @returns undefined for what may not be opened: a file that a playlist from the network names, or
 * another kind of address than http.
 */
export function resolveEntry(
  entry: string,
  base: string,
  { areUris }: { readonly areUris: boolean },
): string | undefined {
  if (isAddress(base)) return resolveAddress(entry, base);
  if (/^file:/i.test(entry)) return pathOfUrl(entry);
  if (isAddress(entry)) return isHttp(entry) ? entry : undefined;
  const path = areUris ? decode(entry) : entry;
  // Made on Windows, perhaps.
  const isForeign = sep === "/" && !path.includes("/");
  return resolve(dirname(base), isForeign ? path.replaceAll("\\", "/") : path);
}

/** The same server gets the same name and password, and no other does. */
function resolveAddress(entry: string, base: string): string | undefined {
  if (!URL.canParse(entry, base)) return undefined;
  const url = new URL(entry, base);
  const { origin, username, password } = new URL(base);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (url.origin === origin && url.username === "" && url.password === "") {
    url.username = username;
    url.password = password;
  }
  return url.href;
}

function isHttp(address: string): boolean {
  return /^https?:/i.test(address) && URL.canParse(address);
}

function pathOfUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
