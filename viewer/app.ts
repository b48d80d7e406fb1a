/**
 * viewer: the local page of a listener (`streamer view`).
 *
 * command/run.ts runs a listener and passes its outputs on. model.ts turns them into the state of the
 * page, hub.ts distributes state and changes to the open pages, audio_relay.ts serves the sound at
 * `/audio`, and data_addresses.ts live data and all lines at `/api/`. This file is the web server without sockets: a request comes in, a response goes out;
 * guard.ts and door.ts refuse requests from other sites and without the key. io/ has the sockets, web/
 * what runs in the browser. The next file to read is command/run.ts.
 */
import { Hono, type MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { PageState } from "../shared/page/page.ts";
import type { AudioRelay } from "./audio_relay.ts";
import { dataAddresses, type DataSources } from "./data_addresses.ts";
import { door } from "./door.ts";
import { guard } from "./guard.ts";
import type { PageKey } from "./page_key.ts";

/** One file of the page. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly mimeType: string;
}

export interface AppOptions {
  /** The host that the server is bound to: as the user wrote it, and as an address. */
  readonly hostnames: readonly string[];
  /** The key that requests need; undefined when everybody who can reach the page may see it. */
  readonly key?: PageKey;
  readonly state: () => PageState;
  readonly audio: AudioRelay;
  readonly data: DataSources;
  /** The file at a path such as `/page.js`; undefined when there is none. */
  readonly asset: (path: string) => Asset | undefined;
  /** Turns the request into a WebSocket and serves it; the returned response is not sent. */
  readonly upgrade: (request: Request) => Response;
}

/** The viewer's web application: a function from request to response. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  app.use(contentSecurity(options.key === undefined));
  app.use(cancelHeadBodies);
  app.use(guard(options.hostnames));
  app.use(door(options.key, () => serveAsset("/door.html", options.asset, 403)));

  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/api/state", (context) => {
    context.header("Cache-Control", "no-store");
    return context.json(options.state());
  });
  app.route("/api", dataAddresses(options.data));
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
 * Headers that allow only this server's own files, and forbid framing, embedding and type sniffing.
 *
 * @param isLocal whether the page is served on loopback, which browsers trust like https
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
    // Browsers ignore this header on http beyond loopback, and print a warning.
    crossOriginOpenerPolicy: isLocal && "same-origin",
    crossOriginResourcePolicy: "same-origin",
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
    xContentTypeOptions: "nosniff",
    permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
    // The page is served as http, without TLS.
    strictTransportSecurity: false,
  });

/** HEAD is answered like GET without the body, so the body is cancelled. */
const cancelHeadBodies: MiddlewareHandler = async (context, next) => {
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
  // Not cached: the next version of the program serves another page under the same names.
  return new Response(asset.body, {
    status,
    headers: {
      "Content-Type": asset.mimeType,
      "Content-Length": String(asset.body.length),
      "Cache-Control": "no-cache",
    },
  });
}
