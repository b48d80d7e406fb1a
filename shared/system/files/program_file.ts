/** Of `main.ts`; seen from `dist/program/bundle/` too, where this module is in the binary: see scripts/compile.ts. */
const ROOT = new URL("../../../", import.meta.url);

/** A file that belongs to the program, and that the binary includes. @param path from the folder of `main.ts` on. */
export function programFile(path: string): URL {
  return new URL(path, ROOT);
}
