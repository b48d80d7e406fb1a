import type { MiddlewareHandler } from "hono";
import type { PageKey } from "./page_key.ts";

/** The paths that need no key: the door's own files, and the health check. */
const OPEN_PATHS = new Set([
  "/door.js",
  "/page.css",
  "/healthz",
  // Browsers ask for a manifest without cookies; nothing in it is secret.
  "/manifest.webmanifest",
  "/icon.svg",
  "/icon-192.png",
  "/icon-512.png",
  "/icon-maskable-512.png",
  "/apple-touch-icon.png",
]);
const SESSION_PATH = "/api/session";

/**
 * Refuses requests without the key. At `/` it serves the door instead: a page that reads the key from its
 * own address and exchanges it for a cookie.
 *
 * @param key undefined when everybody who can reach the page may see it
 * @param serveDoor the response with the door
 */
export function door(key: PageKey | undefined, serveDoor: () => Response): MiddlewareHandler {
  return async (context, next) => {
    if (!key) return await next();
    const { method, path, raw } = context.req;
    if (method === "POST" && path === SESSION_PATH && key.isShownAsBearer(raw)) {
      return context.body(null, 204, { "Set-Cookie": key.cookie, "Cache-Control": "no-store" });
    }
    if (OPEN_PATHS.has(path) || key.isShownBy(raw)) return await next();
    if (path === "/") return serveDoor();
    return context.text("403: this address needs the key of the page: add ?k=KEY to it\n", 403);
  };
}
