/** Replaces a possible secret in a message. */
export const UNNAMED = "…";

/** Endings of file names; no secret ends like this. */
const FILE_ENDING =
  /\.(?:txt|json|tokens?|key|conf|ndjson|jsonl|log|db|sdp|mp[23]|mpga|ogg|opus|og[av]|aac|m4a|wav|flac|mp4|m4v|mov|mkv|webm|ts|h?264|ivf|m3u8?|pls|xspf)$/i;

/**
 * The name of a file for a message: `path`, or {@linkcode UNNAMED} when `path` may be a secret that was
 * given instead of a file's name. A path is shown when the file or its folder exists, or when it ends
 * like a file name.
 *
 * @param look describes what is at a path; throws when there is nothing.
 */
export function nameFile(
  path: string,
  look: (path: string) => { readonly isDirectory: boolean },
): string {
  const folder = /^(.*[^/\\])[/\\]+[^/\\]*$/.exec(path)?.[1];
  const isName = FILE_ENDING.test(path) || isThere(path) ||
    (folder !== undefined && isThere(folder));
  return isName ? path : UNNAMED;

  function isThere(place: string): boolean {
    try {
      look(place);
      return true;
    } catch {
      return false;
    }
  }
}
