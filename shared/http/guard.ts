/**
 * shared/http: what the web applications of this program have in common, without sockets.
 *
 * A request comes in; guard.ts refuses those of other sites, door.ts those without the key of the page
 * (page_key.ts), and page_headers.ts gives each response the headers that keep other sites out. asset.ts
 * answers with a file of the page, web_socket.ts where a page wants a WebSocket. viewer/app.ts and
 * server/studio/app.ts put them together. The next file to read is door.ts.
 */
import type { MiddlewareHandler } from "hono";

/**
 * Refuses requests from other web sites (DNS rebinding, cross-site WebSockets): the page is served only
 * under names that no stranger's DNS can claim, and only to requests from the page itself.
 */
export function guard(boundHostnames: readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header("host") ?? new URL(context.req.url).host;
    if (!boundHostnames.some((bound) => isAllowedHost(host, bound))) {
      return context.text(`403: this page isn't served as "${host}"; open it as 127.0.0.1\n`, 403);
    }
    // Fetch Metadata (W3C): sent for images, frames and links too, which have no Origin.
    if (context.req.header("sec-fetch-site") === "cross-site") {
      const advice = "paste its address into a new tab instead";
      return context.text(`403: another site may not open or use this page; ${advice}\n`, 403);
    }
    const origin = context.req.header("origin");
    if (origin !== undefined && !isSameOrigin(origin, host)) {
      return context.text(`403: a page of ${origin} may not read this one\n`, 403);
    }
    await next();
  };
}

const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);
const WILDCARDS = new Set(["0.0.0.0", "[::]"]);

/** Loopback, the bound host and, when bound to every address, any address written as a number. */
function isAllowedHost(host: string, boundHostname: string): boolean {
  const name = hostnameOf(`http://${host}`);
  const bound = hostnameOf(`http://${bracketed(boundHostname)}`);
  if (name === undefined) return false;
  if (LOOPBACK_NAMES.has(name) || name === bound) return true;
  // DNS rebinding needs a name; an address is none.
  return bound !== undefined && WILDCARDS.has(bound) && isAddress(name);
}

function isSameOrigin(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === new URL(`http://${host}`).host;
  } catch {
    return false;
  }
}

function hostnameOf(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    // A host must not contain a path, a user or a query.
    return url.length > 0 && parsed.href === `http://${parsed.host}/`
      ? parsed.hostname.toLowerCase()
      : undefined;
  } catch {
    return undefined;
  }
}

function bracketed(hostname: string): string {
  return hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
}

function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}
