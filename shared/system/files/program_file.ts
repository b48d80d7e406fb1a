/** Of `main.ts`, also seen from `dist/program/`, where this module is when the program is bundled for the binary. */
const ROOT = new URL("../../../", import.meta.url);

/** A file that belongs to the program, and that the binary includes. @param path from the folder of `main.ts` on. */
export function programFile(path: string): URL {
  return new URL(path, ROOT);
}
