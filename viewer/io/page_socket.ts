import { Buffer } from "node:buffer";
// @ts-types="./ws.d.ts"
import { type WebSocket, WebSocketServer } from "ws";
import { parseFromPage } from "../../shared/page/page.ts";
import type { Hub, PageFeed } from "../hub.ts";
import type { BareConnection } from "./web_server.ts";

/** Of a message of the page, with all its frames; the longest that it has to say is a line. */
const MAX_MESSAGE_BYTES = 1024;
/** In how many frames it may come, and in how many pieces a frame. */
const MAX_FRAMES = 8;
const MAX_PIECES = 32;
/** Beyond this many bytes on their way to the page, its feed waits, and loses what is too much. */
const MAX_UNSENT_BYTES = 64 * 1024;
/** How soon a socket that was full is looked at again; there is no event that says so. */
const RETRY_MILLIS = 25;
/** A page that says nothing, to a ping either, until the next one is due is gone. */
const PING_MILLIS = 20_000;
/** How long a page may take to answer a goodbye. */
const CLOSE_MILLIS = 1000;
/** RFC 6455 section 7.4.1: try again later. */
const TRY_AGAIN_LATER = 1013;
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/** The WebSockets of all pages. */
export class PageSockets {
  readonly #hub: Hub;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    maxFragments: MAX_FRAMES,
    maxBufferedChunks: MAX_PIECES,
    autoPong: false,
    closeTimeout: CLOSE_MILLIS,
  });
  /** Each with the way to send what it has yet to get. */
  readonly #sockets = new Map<WebSocket, () => void>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Speaks WebSocket on a connection that asked for it, and feeds it from the hub until it closes. */
  upgrade({ head: { method, url, headers }, stream }: BareConnection): void {
    const request = { method, url, headers: Object.fromEntries(headers) };
    this.#server.handleUpgrade(request, stream, Buffer.alloc(0), (socket) => {
      // The close that follows says all there is to say.
      socket.on("error", () => {});
      this.#feed(socket);
    });
    stream.resume();
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
    const stopWatching = watch(socket);
    this.#sockets.set(socket, pump);
    socket.on(
      "message",
      (data, isBinary) => obey(isBinary ? undefined : String(data), feed, socket),
    );
    socket.on("close", () => {
      clearTimeout(timer);
      stopWatching();
      this.#hub.leave(feed);
      this.#sockets.delete(socket);
    });
    pump();
  }
}

function sendWhatFits(socket: WebSocket, feed: PageFeed): void {
  while (socket.readyState === socket.OPEN && socket.bufferedAmount < MAX_UNSENT_BYTES) {
    const message = feed.take();
    if (message === undefined) return;
    socket.send(message);
  }
}

function obey(data: string | undefined, feed: PageFeed, socket: WebSocket): void {
  const message = data === undefined ? undefined : parseFromPage(data);
  if (!message?.ok) return socket.close(POLICY_VIOLATION, "Not a message of the page");
  feed.setWantsMedia(message.value.wanted);
}

/** Ends a socket whose page is gone; answers pings as long as the answers are taken. */
function watch(socket: WebSocket): () => void {
  let hasSpoken = true;
  const speaks = () => hasSpoken = true;
  socket.on("pong", speaks).on("message", speaks);
  socket.on("ping", (data) => {
    if (socket.bufferedAmount < MAX_UNSENT_BYTES) socket.pong(data);
  });
  const pings = setInterval(() => {
    if (!hasSpoken) return socket.terminate();
    hasSpoken = false;
    socket.ping();
  }, PING_MILLIS);
  return () => clearInterval(pings);
}
