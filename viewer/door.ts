import type { MiddlewareHandler } from "hono";
import type { PageKey } from "./page_key.ts";

/** What a browser needs to read the key from the page's address and to say what is missing. */
const OPEN_PATHS = new Set(["/door.js", "/page.css", "/icon.svg", "/healthz"]);
const SESSION_PATH = "/api/session";

/**
 * Keeps out who doesn't show the key: at `/` it serves the door, a page that takes the key from its
 * address and gets the cookie for it; anything else is refused.
 *
 * @param key undefined where everybody who can reach the page may see it
 * @param serveDoor the page that is shown instead
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
    return context.text("403: show the key in the page's address: ?k=… behind this one\n", 403);
  };
}
