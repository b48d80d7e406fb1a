import { Hono } from "hono";
import { type FindAsset, serveAsset } from "../../shared/http/asset.ts";
import { door } from "../../shared/http/door.ts";
import { guard } from "../../shared/http/guard.ts";
import { cancelHeadBodies, contentSecurity } from "../../shared/http/page_headers.ts";
import type { PageKey } from "../../shared/http/page_key.ts";
import { webSocket } from "../../shared/http/web_socket.ts";

export interface StudioAppOptions {
  /** The loopback host that the server is bound to: as the user wrote it, and as an address. */
  readonly hostnames: readonly string[];
  readonly key: PageKey;
  readonly asset: FindAsset;
  /** Turns the request into a WebSocket and serves it; the returned response is not sent. */
  readonly upgrade: (request: Request) => Response;
}

/** The studio's web application: a function from request to response. Only its cookie opens it. */
export function createStudioApp({ hostnames, key, asset, upgrade }: StudioAppOptions): Hono {
  const app = new Hono();
  app.use(contentSecurity(true, true));
  app.use(cancelHeadBodies);
  app.use(guard(hostnames));
  app.use(door(key, () => serveAsset("/door.html", asset, 403)));

  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/ws", webSocket(upgrade));
  app.get("*", (context) => serveAsset(context.req.path, asset));

  app.notFound((context) => context.text("404: there is nothing here; the page is at /\n", 404));
  app.onError((_error, context) => context.text("500: the studio failed; see the log\n", 500));
  return app;
}
