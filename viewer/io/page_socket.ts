import { parseFromPage } from "../../shared/wire/page.ts";
import type { Hub, PageFeed } from "../hub.ts";

/** Beyond this many bytes on their way to the page, its feed waits, and loses what is too much. */
const MAX_UNSENT_BYTES = 64 * 1024;
/** How soon a socket that was full is looked at again; there is no event that says so. */
const RETRY_MILLIS = 25;
/** A page that doesn't answer a ping for this long is gone. */
const IDLE_SECONDS = 20;
/** RFC 6455 section 7.4.1: try again later. */
const TRY_AGAIN_LATER = 1013;
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/** The WebSockets of all pages. */
export class PageSockets {
  readonly #hub: Hub;
  /** Each with the way to send what it has yet to get. */
  readonly #sockets = new Map<WebSocket, () => void>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Makes a WebSocket of a request and feeds it from the hub until it closes. */
  upgrade(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: IDLE_SECONDS });
    socket.binaryType = "arraybuffer";
    this.#sockets.set(socket, () => {});
    socket.onopen = () => this.#feed(socket);
    socket.onclose = () => this.#sockets.delete(socket);
    // The close that follows says all there is to say.
    socket.onerror = () => {};
    return response;
  }

  /** Says goodbye to every page, after what it has yet to get. */
  close(): void {
    for (const [socket, flush] of this.#sockets) {
      flush();
      socket.close(GOING_AWAY, "The viewer stops");
    }
  }

  #feed(socket: WebSocket): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pump = () => {
      timer = undefined;
      if (feed) sendWhatFits(socket, feed);
      if (feed && !feed.isEmpty) timer ??= setTimeout(pump, RETRY_MILLIS);
    };
    const feed = this.#hub.join(() => timer ??= setTimeout(pump, 0));
    if (!feed) return socket.close(TRY_AGAIN_LATER, "Too many pages are open");
    this.#sockets.set(socket, pump);
    socket.onmessage = ({ data }) => obey(data, feed, socket);
    socket.onclose = () => {
      clearTimeout(timer);
      this.#hub.leave(feed);
      this.#sockets.delete(socket);
    };
    pump();
  }
}

function sendWhatFits(socket: WebSocket, feed: PageFeed): void {
  while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < MAX_UNSENT_BYTES) {
    const message = feed.take();
    if (message === undefined) return;
    socket.send(message);
  }
}

function obey(data: unknown, feed: PageFeed, socket: WebSocket): void {
  const message = typeof data === "string" ? parseFromPage(data) : undefined;
  if (!message?.ok) return socket.close(POLICY_VIOLATION, "Not a message of the page");
  feed.setWantsMedia(message.value.wanted);
}
