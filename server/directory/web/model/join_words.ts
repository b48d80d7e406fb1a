import { formatDirectoryLink } from "../../../../shared/directory/directory_link.ts";

/** Where the directory is, as the address of its page says. */
export interface DirectoryPlace {
  readonly protocol: string;
  readonly hostname: string;
  /** "" for the usual one of the protocol. */
  readonly port: string;
}

/** `HOST:PORT`; the port is named even where an address leaves it out. */
export function directoryAddress({ protocol, hostname, port }: DirectoryPlace): string {
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

/** The directory for `--directory`. */
export function directoryUrl({ protocol, hostname, port }: DirectoryPlace): string {
  return `${protocol}//${hostname}${port && `:${port}`}/`;
}

/** The link that names directory and broadcast, and holds no token. */
export function broadcastLink(place: DirectoryPlace, broadcastId: string): string {
  return formatDirectoryLink(directoryAddress(place), broadcastId);
}

/** What one runs for a page of one's own, to join and to create. */
export function viewCommand(place: DirectoryPlace): string {
  return `streamer view --directory ${directoryUrl(place)}`;
}

/** What one runs to create a broadcast. */
export function serveCommand(place: DirectoryPlace): string {
  return `streamer serve --studio --directory ${directoryUrl(place)} --match "Home x Away"`;
}
