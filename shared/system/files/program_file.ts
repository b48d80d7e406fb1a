/**
 * Where the program is when it is bundled for the binary. As many folders below that of `main.ts` as this file is, since
 * the way from this module to `main.ts` is then the same.
 */
export const BUNDLE_FOLDER = "dist/program/code";

/** Of `main.ts`. */
const ROOT = new URL("../../../", import.meta.url);

/** A file that belongs to the program, and that the binary includes. @param path from the folder of `main.ts` on. */
export function programFile(path: string): URL {
  return new URL(path, ROOT);
}
