import type { Context } from "hono";

/**
 * The handler of an address that speaks WebSocket.
 *
 * @param upgrade turns the request into a WebSocket and serves it; the returned response is not sent
 */
export function webSocket(upgrade: (request: Request) => Response) {
  return (context: Context) => {
    if (context.req.header("upgrade")?.toLowerCase() !== "websocket") {
      return context.text("426: this address speaks WebSocket\n", 426, { Upgrade: "websocket" });
    }
    return upgrade(context.req.raw);
  };
}
