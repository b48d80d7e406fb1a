import type { Asset } from "../../shared/http/asset.ts";
import { programFile } from "../../shared/system/files/program_file.ts";

const FOLDER = programFile("viewer/dist/");
const FILES: Readonly<Record<string, string>> = {
  "/index.html": "text/html; charset=UTF-8",
  "/door.html": "text/html; charset=UTF-8",
  "/door.js": "text/javascript; charset=UTF-8",
  "/page.js": "text/javascript; charset=UTF-8",
  "/worklet.js": "text/javascript; charset=UTF-8",
  "/picture_worker.js": "text/javascript; charset=UTF-8",
  "/page.css": "text/css; charset=UTF-8",
  "/icon.svg": "image/svg+xml",
  "/icon-192.png": "image/png",
  "/icon-512.png": "image/png",
  "/icon-maskable-512.png": "image/png",
  "/apple-touch-icon.png": "image/png",
  "/manifest.webmanifest": "application/manifest+json",
  "/silence.flac": "audio/flac",
  "/licenses.txt": "text/plain; charset=UTF-8",
};

/**
 * The files of the built page by path, from viewer/dist, which a compiled binary includes; undefined when
 * the page was not built. All files are read at the start, so that the page can still be served when the
 * system has no file descriptor left.
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
