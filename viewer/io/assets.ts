import type { Asset } from "../app.ts";

const FOLDER = new URL("../dist/", import.meta.url);
const FILES: Readonly<Record<string, string>> = {
  "/index.html": "text/html; charset=UTF-8",
  "/page.js": "text/javascript; charset=UTF-8",
  "/worklet.js": "text/javascript; charset=UTF-8",
  "/page.css": "text/css; charset=UTF-8",
  "/icon.svg": "image/svg+xml",
};

/**
 * The built page, from the folder beside this file, which a compiled binary carries inside. Only
 * the names listed here are ever read.
 */
export function readAsset(path: string): Asset | undefined {
  if (!Object.hasOwn(FILES, path)) return undefined;
  try {
    return { body: Deno.readFileSync(new URL(`.${path}`, FOLDER)), mimeType: FILES[path]! };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether the page was built. */
export function hasAssets(): boolean {
  return readAsset("/index.html") !== undefined && readAsset("/page.js") !== undefined;
}
