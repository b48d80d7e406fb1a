/**
 * scripts/demo/network_page: the program's side of the demo's page of the network, at `/network`.
 *
 * In: what the network does to each packet (scripts/network/netem.ts), what each listener says of it
 * (client/interface/packet_watch.ts), and requests of the page. Out: how the paths are set, and some times a second what
 * is new. packet_history.ts keeps the newest packets, network_settings.ts the settings; both do no I/O.
 * network_desk.ts joins them, moments.ts is the stream of what is new, and this file the web application around them
 * and the page of the match. Only the page's key opens it, since it moves the network. The page itself is in
 * scripts/demo/web. The next file to read is packet_history.ts.
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type FindAsset, serveAsset } from "../../../shared/http/asset.ts";
import { guard } from "../../../shared/http/guard.ts";
import { cancelHeadBodies, contentSecurity } from "../../../shared/http/page_headers.ts";
import type { PageKey } from "../../../shared/http/page_key.ts";
import { PAGE_HEADER } from "../../../shared/page/page_directory.ts";
import { parseChannelName } from "../../../shared/page/page_network.ts";
import type { Moments } from "./moments.ts";
import type { NetworkDesk } from "./network_desk.ts";

export interface NetworkAppOptions {
  /** The host that the server is bound to: as the user wrote it, and as an address. */
  readonly hostnames: readonly string[];
  readonly isLocal: boolean;
  /** Opens the page of the network; that of the match has a door of its own. */
  readonly key: PageKey;
  readonly desk: NetworkDesk;
  readonly moments: Moments;
  readonly asset: FindAsset;
  /** The page of the match, at `/`. */
  readonly match: { fetch(request: Request): Response | Promise<Response> };
}

/** More than any change of settings has. */
export const MAX_BODY_BYTES = 4096;

/** The web application of the demo: the page of the match, and at `/network` that of the network. */
export function createNetworkApp(
  { hostnames, isLocal, key, desk, moments, asset, match }: NetworkAppOptions,
): Hono {
  const app = new Hono();
  app.use(contentSecurity(isLocal));
  app.use(cancelHeadBodies);
  app.use(guard(hostnames));
  app.post("/api/session", giveCookie(key));
  app.use("/network/*", needKey(key, asset));

  app.get("/network", () => serveAsset("/index.html", asset));
  app.get("/network/page.js", () => serveAsset("/page.js", asset));
  app.get("/network/moments", (context) => openMoments(context, moments));
  app.post(
    "/network/settings",
    fromPageAlone,
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLong }),
    (context) => changeSettings(context, desk),
  );
  app.get("/network/page.css", () => serveAsset("/page.css", asset));
  app.all("/network/*", (context) => refuse(context, 404, "not-found", "There is nothing here"));
  app.all("*", (context) => match.fetch(context.req.raw));
  app.onError((_error, context) => context.text("500: the demo failed; see its log\n", 500));
  return app;
}

/** The page of the match may have another key, so a key that is not known here is left to its door. */
function giveCookie(key: PageKey): MiddlewareHandler {
  return async (context, next) => {
    if (!key.isShownAsBearer(context.req.raw)) return await next();
    return context.body(null, 204, { "Set-Cookie": key.cookie, "Cache-Control": "no-store" });
  };
}

function needKey(key: PageKey, asset: FindAsset): MiddlewareHandler {
  return async (context, next) => {
    if (key.isShownBy(context.req.raw)) return await next();
    if (context.req.path === "/network") return serveAsset("/door.html", asset, 403);
    return refuse(context, 403, "no-key", "Open this page with its whole address first");
  };
}

/** A form or an image of another site can't set the header, and its scripts are refused before (CORS). */
const fromPageAlone: MiddlewareHandler = async (context, next) => {
  if (context.req.header(PAGE_HEADER) !== undefined) return await next();
  return refuse(
    context,
    403,
    "not-the-page",
    `Only this page may do that: ${PAGE_HEADER} is missing`,
  );
};

function openMoments(context: Context, moments: Moments): Response {
  const channel = parseChannelName(context.req.query("channel"));
  if (!channel) {
    const detail = "There is no such channel; there are audio, events, screen, data";
    return refuse(context, 422, "unknown-channel", detail);
  }
  const body = moments.open(channel);
  if (!body) return refuse(context, 503, "too-many-pages", "Close another page of the network");
  return new Response(body, {
    headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
  });
}

async function changeSettings(context: Context, desk: NetworkDesk): Promise<Response> {
  const change = desk.change(await context.req.json().catch(() => undefined));
  if (!change.ok) return refuse(context, 422, change.problem.code, change.problem.detail);
  return context.json({ paths: change.paths });
}

function tooLong(context: Context): Response {
  return refuse(context, 413, "too-long", "The body is longer than any change of settings");
}

/** A problem of RFC 9457; `code` is for programs. */
function refuse(
  context: Context,
  status: 403 | 404 | 413 | 422 | 503,
  code: string,
  detail: string,
): Response {
  const headers = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };
  return context.body(JSON.stringify({ status, code, detail }), status, headers);
}
