import type { Asset, FindAsset } from "../../http/asset.ts";
import { programFile } from "../files/program_file.ts";

const MIME_TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=UTF-8",
  js: "text/javascript; charset=UTF-8",
  css: "text/css; charset=UTF-8",
  svg: "image/svg+xml",
  png: "image/png",
  txt: "text/plain; charset=UTF-8",
};

/**
 * The files of a built page, which a compiled binary includes; undefined when the page was not built. All are read
 * at the start, so that the page can still be served when the system has no file descriptor left.
 *
 * @param folder from the root of the program, with a slash at its end
 */
export function readPageFiles(folder: string): FindAsset | undefined {
  const url = programFile(folder);
  try {
    const assets = new Map<string, Asset>();
    for (const { name, isFile } of Deno.readDirSync(url)) {
      const mimeType = MIME_TYPES[name.slice(name.lastIndexOf(".") + 1)];
      if (!isFile || mimeType === undefined) continue;
      assets.set(`/${name}`, { body: Deno.readFileSync(new URL(name, url)), mimeType });
    }
    return (path) => assets.get(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
