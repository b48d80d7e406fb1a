import { Buffer } from "node:buffer";
// @ts-types="../../shared/system/http/ws.d.ts"
import { type WebSocket, WebSocketServer } from "ws";
import { parseFromPage } from "../../shared/page/page.ts";
import type { PageReport } from "../../shared/page/page_reports.ts";
import type { Hub, PageQueue } from "../hub.ts";
import type { BareConnection } from "../../shared/system/http/web_server.ts";

/** The longest message from a page, with all its frames. */
const MAX_MESSAGE_BYTES = 1024;
/** The most frames of a message, and the most pieces of a frame. */
const MAX_FRAMES = 8;
const MAX_PIECES = 32;
/** While more bytes than this are unsent, messages wait in the bounded queue. */
const MAX_UNSENT_BYTES = 64 * 1024;
/** The interval of pings; a page that sends nothing between two pings is considered gone. */
const PING_MILLIS = 20_000;
/** How long a page may take to answer a close. */
const CLOSE_MILLIS = 1000;
/** Close codes (RFC 6455 section 7.4.1 and its registry). */
const TRY_AGAIN_LATER = 1013;
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/** The WebSockets of all pages. */
export class PageSockets {
  readonly #hub: Hub;
  readonly #onReport: (report: PageReport) => void;
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
  /** The open sockets, each with the function that sends the messages waiting for it. */
  readonly #sockets = new Map<WebSocket, () => void>();

  /** @param onReport called with what a page reports. */
  constructor(hub: Hub, onReport: (report: PageReport) => void) {
    this.#hub = hub;
    this.#onReport = onReport;
  }

  /** Accepts a WebSocket on a connection that asked for one, and serves it from the hub. */
  upgrade({ head: { method, url, headers }, stream }: BareConnection): void {
    const request = { method, url, headers: Object.fromEntries(headers) };
    this.#server.handleUpgrade(request, stream, Buffer.alloc(0), (socket) => {
      // A close event follows every error.
      socket.on("error", () => {});
      this.#queue(socket);
    });
    stream.resume();
  }

  /** Closes every page's socket, after sending the messages that fit. */
  close(): void {
    for (const [socket, flush] of this.#sockets) {
      flush();
      socket.close(GOING_AWAY, "The viewer stops");
    }
  }

  #queue(socket: WebSocket): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pump = () => {
      timer = undefined;
      if (queue) sendWhatFits(socket, queue, pump);
    };
    const queue = this.#hub.join(() => timer ??= setTimeout(pump, 0));
    if (!queue) return socket.close(TRY_AGAIN_LATER, "Too many pages are open");
    const stopWatching = watch(socket);
    this.#sockets.set(socket, pump);
    socket.on(
      "message",
      (data, isBinary) => this.#onMessage(isBinary ? undefined : String(data), queue, socket),
    );
    socket.on("close", () => {
      clearTimeout(timer);
      stopWatching();
      this.#hub.leave(queue);
      this.#sockets.delete(socket);
    });
    pump();
  }

  #onMessage(data: string | undefined, queue: PageQueue, socket: WebSocket): void {
    const message = data === undefined ? undefined : parseFromPage(data);
    if (!message?.ok) return socket.close(POLICY_VIOLATION, "Not a message of the page");
    const { value } = message;
    if (value.kind === "report") this.#onReport(value.report);
    else if (value.kind === "sound") queue.setWantsMedia(value.wanted);
    else queue.setWants(value.kind, value.wanted);
  }
}

/** @param onSent called when there may be room again. */
function sendWhatFits(socket: WebSocket, queue: PageQueue, onSent: () => void): void {
  while (socket.readyState === socket.OPEN && socket.bufferedAmount < MAX_UNSENT_BYTES) {
    const message = queue.take();
    if (message === undefined) return;
    socket.send(message, onSent);
  }
}

/** Ends a socket whose page is gone; answers pings unless too many bytes are unsent. */
function watch(socket: WebSocket): () => void {
  let isAlive = true;
  const onLife = () => isAlive = true;
  socket.on("pong", onLife).on("message", onLife);
  socket.on("ping", (data) => {
    if (socket.bufferedAmount < MAX_UNSENT_BYTES) socket.pong(data);
  });
  const pings = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MILLIS);
  return () => clearInterval(pings);
}
