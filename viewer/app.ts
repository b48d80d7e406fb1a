/**
 * viewer: the local page of a listener (`streamer view`).
 *
 * command/run.ts runs a listener and relay.ts passes its outputs on. model.ts turns them into the state of the
 * page, hub.ts distributes state and changes to the open pages, audio_relay.ts serves the sound at `/audio`, and
 * data_addresses.ts live data and all lines at `/api/`. This file is the web server without sockets: a request
 * comes in, a response goes out; shared/http refuses requests from other sites and without the key. io/ has the
 * sockets, web/ what runs in the browser. The next file to read is command/run.ts.
 */
import { Hono } from "hono";
import { type Asset, serveAsset } from "../shared/http/asset.ts";
import { door } from "../shared/http/door.ts";
import { guard } from "../shared/http/guard.ts";
import { cancelHeadBodies, contentSecurity } from "../shared/http/page_headers.ts";
import { webSocket } from "../shared/http/web_socket.ts";
import type { PageKey } from "../shared/http/page_key.ts";
import type { PageState } from "../shared/page/page.ts";
import type { AudioRelay } from "./audio_relay.ts";
import { dataAddresses, type DataSources } from "./data_addresses.ts";

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
  app.get("/ws", webSocket(options.upgrade));
  app.get("*", (context) => serveAsset(context.req.path, options.asset));

  app.notFound((context) => context.text("404: there is nothing here; the page is at /\n", 404));
  app.onError((_error, context) => context.text("500: the viewer failed; see its log\n", 500));
  return app;
}

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
