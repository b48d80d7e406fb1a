import { Hono, type MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { PageState } from "../shared/page/page.ts";
import type { AudioRelay } from "./audio_relay.ts";
import { door } from "./door.ts";
import { guard } from "./guard.ts";
import type { PageKey } from "./page_key.ts";

/** One file of the page. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly mimeType: string;
}

export interface AppOptions {
  /** What the server is bound to: as the user wrote it, and the address that this is. */
  readonly hostnames: readonly string[];
  /** What whoever comes has to show; undefined where everybody who can reach the page may see it. */
  readonly key?: PageKey;
  readonly state: () => PageState;
  readonly audio: AudioRelay;
  /** By path, `/page.js`; undefined when there is no such file. */
  readonly asset: (path: string) => Asset | undefined;
  /** Makes a WebSocket of the request, and feeds it; what it returns is not sent. */
  readonly upgrade: (request: Request) => Response;
}

/** The viewer's web server, without the server: a function from request to response. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  app.use(contentSecurity(options.key === undefined));
  app.use(letGoOfHeadBodies);
  app.use(guard(options.hostnames));
  app.use(door(options.key, () => serveAsset("/door.html", options.asset, 403)));

  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/api/state", (context) => {
    context.header("Cache-Control", "no-store");
    return context.json(options.state());
  });
  app.get("/audio", () => openAudio(options.audio));
  app.get("/ws", (context) => {
    if (context.req.header("upgrade")?.toLowerCase() !== "websocket") {
      return context.text("426: this address speaks WebSocket\n", 426, { Upgrade: "websocket" });
    }
    return options.upgrade(context.req.raw);
  });
  app.get("*", (context) => serveAsset(context.req.path, options.asset));

  app.notFound((context) => context.text("404: there is nothing here; the page is at /\n", 404));
  app.onError((_error, context) => context.text("500: the viewer failed; see its log\n", 500));
  return app;
}

/**
 * Everything comes from this server, and nobody may frame, embed or sniff it.
 *
 * @param isLocal whether it is served on loopback, which browsers trust as they do https
 */
const contentSecurity = (isLocal: boolean) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      connectSrc: ["'self'"],
      mediaSrc: ["'self'"],
      workerSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    // Elsewhere browsers ignore it, and complain of it.
    crossOriginOpenerPolicy: isLocal && "same-origin",
    crossOriginResourcePolicy: "same-origin",
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
    xContentTypeOptions: "nosniff",
    permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
    // Plain http: there is no TLS to insist on.
    strictTransportSecurity: false,
  });

/** HEAD is answered as GET is, without the body; what was opened to make that is closed again. */
const letGoOfHeadBodies: MiddlewareHandler = async (context, next) => {
  await next();
  if (context.req.method === "HEAD") await context.res.body?.cancel();
};

function openAudio(audio: AudioRelay): Response {
  const stream = audio.open();
  if (!stream) {
    return new Response("503: there is no sound yet; try again in a moment\n", {
      status: 503,
      headers: { "Content-Type": "text/plain; charset=UTF-8", "Retry-After": "2" },
    });
  }
  return new Response(stream.body, {
    headers: { "Content-Type": stream.mimeType, "Cache-Control": "no-store" },
  });
}

function serveAsset(path: string, find: AppOptions["asset"], status = 200): Response {
  const asset = find(path === "/" ? "/index.html" : path);
  if (!asset) {
    return new Response("404: there is nothing here; the page is at /\n", {
      status: 404,
      headers: { "Content-Type": "text/plain; charset=UTF-8" },
    });
  }
  // The next version of the program serves another page under the same names.
  return new Response(asset.body, {
    status,
    headers: {
      "Content-Type": asset.mimeType,
      "Content-Length": String(asset.body.length),
      "Cache-Control": "no-cache",
    },
  });
}
