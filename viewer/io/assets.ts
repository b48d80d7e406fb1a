import type { Asset } from "../app.ts";

const FOLDER = new URL("../dist/", import.meta.url);
const FILES: Readonly<Record<string, string>> = {
  "/index.html": "text/html; charset=UTF-8",
  "/door.html": "text/html; charset=UTF-8",
  "/door.js": "text/javascript; charset=UTF-8",
  "/page.js": "text/javascript; charset=UTF-8",
  "/worklet.js": "text/javascript; charset=UTF-8",
  "/page.css": "text/css; charset=UTF-8",
  "/icon.svg": "image/svg+xml",
};

/**
 * The built page by path, from the folder beside this file, which a compiled binary carries inside;
 * undefined when it was not built. All of it is read now, so that it is still there when the system
 * has no descriptor left to open a file with.
 */
export function readAssets(): ReadonlyMap<string, Asset> | undefined {
  try {
    return new Map(
      Object.entries(FILES).map(([path, mimeType]) => [
        path,
        { body: Deno.readFileSync(new URL(`.${path}`, FOLDER)), mimeType },
      ]),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
