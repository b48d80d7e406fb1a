/** What stands in a message for what may be a secret. */
export const UNNAMED = "…";

/** Endings of names of files; no secret has one. */
const FILE_ENDING =
  /\.(?:txt|json|tokens?|key|conf|ndjson|jsonl|log|db|sdp|mp[23]|mpga|ogg|opus|og[av]|aac|m4a|wav|flac|mp4|mkv|webm|m3u8?|pls|xspf)$/i;

/**
 * How a message names the file that somebody asked for: as it was given, or {@linkcode UNNAMED} when
 * that may be a secret in the place of a file's name. A name is told when there is such a file, or such
 * a folder for it, or when it ends as names of files do.
 *
 * @param look says what is at a path; throws when nothing is.
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
