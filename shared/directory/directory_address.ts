/**
 * The address of a directory as it was given: `http://127.0.0.1:8090`, a path below it too.
 *
 * @returns it with a slash at its end, or undefined for anything but an http or https address.
 */
export function parseDirectoryAddress(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return undefined;
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

/** `HOST:PORT` of a directory's address, as it stands in links. */
export function placeOfDirectory(address: string): string {
  const { protocol, hostname, port } = new URL(address);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
