import { Buffer } from "node:buffer";
// @ts-types="../../../shared/system/http/ws.d.ts"
import { type WebSocket, WebSocketServer } from "ws";
import { MAX_STUDIO_MEDIA_BYTES } from "../../../shared/studio/studio_media.ts";
import type { BareConnection } from "../../../shared/system/http/web_server.ts";
import { PageBudget } from "../pages/page_budget.ts";
import type { PageQueue } from "../pages/page_queue.ts";

/** What the sockets bring to the studio. */
export interface StudioDoor {
  /** @param name the page's own name for itself. @returns its messages; undefined when too many pages are open. */
  join(name: string | undefined, onReady: () => void): PageQueue | undefined;
  leave(page: PageQueue): void;
  onText(page: PageQueue, text: string): void;
  onBytes(page: PageQueue, bytes: Uint8Array): void;
}

/** The most frames of a message, and the most pieces of a frame: a key frame has 4 MiB, and 16 KiB are read at once. */
const MAX_FRAMES = 512;
const MAX_PIECES = 4096;
/** While more bytes than this are unsent, messages wait in the bounded queue. */
const MAX_UNSENT_BYTES = 256 * 1024;
/** A page that answers none of three pings in a row is gone. A host that stood still itself has sent only one. */
const PING_MILLIS = 500;
const MAX_UNANSWERED = 3;
/** How long a page may take to answer a close. */
const CLOSE_MILLIS = 1000;
/** Close codes (RFC 6455 section 7.4.1 and its registry). */
const TRY_AGAIN_LATER = 1013;
const GOING_AWAY = 1001;
/** A page's own name for itself: it makes one up and keeps it while its tab is open. */
const PAGE_NAME = /^[\w-]{8,64}$/;

/** The WebSockets of the studio's pages. */
export class StudioSockets {
  readonly #door: StudioDoor;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_STUDIO_MEDIA_BYTES,
    maxFragments: MAX_FRAMES,
    maxBufferedChunks: MAX_PIECES,
    autoPong: false,
    closeTimeout: CLOSE_MILLIS,
  });
  /** The open sockets, each with the function that sends the messages waiting for it. */
  readonly #sockets = new Map<WebSocket, () => void>();

  constructor(door: StudioDoor) {
    this.#door = door;
  }

  /** Accepts a WebSocket on a connection that asked for one. */
  upgrade({ head: { method, url, headers }, stream }: BareConnection): void {
    const request = { method, url, headers: Object.fromEntries(headers) };
    const name = new URL(url, "http://unnamed.invalid").searchParams.get("page") ?? "";
    this.#server.handleUpgrade(request, stream, Buffer.alloc(0), (socket) => {
      // A close event follows every error.
      socket.on("error", () => {});
      this.#serve(socket, PAGE_NAME.test(name) ? name : undefined);
    });
    stream.resume();
  }

  /** Closes every page's socket, after sending the messages that fit. */
  close(): void {
    for (const [socket, flush] of this.#sockets) {
      flush();
      socket.close(GOING_AWAY, "The broadcast is over");
    }
  }

  #serve(socket: WebSocket, name: string | undefined): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pump = () => {
      timer = undefined;
      if (page) sendWhatFits(socket, page, pump);
    };
    const page = this.#door.join(name, () => timer ??= setTimeout(pump, 0));
    if (!page) return socket.close(TRY_AGAIN_LATER, "Too many studio pages are open");
    const stopWatching = watch(socket);
    const stopSlowing = slow(socket);
    this.#sockets.set(socket, pump);
    socket.on("message", (data, isBinary) => {
      if (isBinary) this.#door.onBytes(page, data);
      else this.#door.onText(page, String(data));
    });
    socket.on("close", () => {
      clearTimeout(timer);
      stopWatching();
      stopSlowing();
      this.#sockets.delete(socket);
      this.#door.leave(page);
    });
    pump();
  }
}

/** @param onSent called when there may be room again. */
function sendWhatFits(socket: WebSocket, page: PageQueue, onSent: () => void): void {
  while (socket.readyState === socket.OPEN && socket.bufferedAmount < MAX_UNSENT_BYTES) {
    const message = page.take();
    if (message === undefined) return;
    socket.send(message, onSent);
  }
}

/** Ends a socket whose page is gone; answers pings unless too many bytes are unsent. */
function watch(socket: WebSocket): () => void {
  let unanswered = 0;
  const onLife = () => unanswered = 0;
  socket.on("pong", onLife).on("message", onLife);
  socket.on("ping", (data) => {
    if (socket.bufferedAmount < MAX_UNSENT_BYTES) socket.pong(data);
  });
  const pings = setInterval(() => {
    if (unanswered >= MAX_UNANSWERED) return socket.terminate();
    unanswered++;
    socket.ping();
  }, PING_MILLIS);
  return () => clearInterval(pings);
}

/** Reads no more of a page for a while when it sends too much. */
function slow(socket: WebSocket): () => void {
  const budget = new PageBudget();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onRead = ({ length }: Uint8Array) => {
    const wait = budget.spend(length, performance.now());
    if (wait === 0) return;
    clearTimeout(timer);
    socket.pause();
    timer = setTimeout(() => socket.resume(), wait);
  };
  socket.on("message", onRead).on("ping", onRead).on("pong", onRead);
  return () => clearTimeout(timer);
}
