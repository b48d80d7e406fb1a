import { parseToPage, serializePageMessage, type ToPage } from "../../../shared/page/page.ts";
import type { PageReport } from "../../../shared/page/page_reports.ts";
import {
  isPageFramePart,
  type PageFrame,
  PageFrameCollector,
} from "../../../shared/page/page_frame.ts";
import {
  isPageDataPart,
  type PageData,
  PageDataCollector,
} from "../../../shared/page/page_data.ts";
import { type PageMedia, parsePageMedia } from "../../../shared/page/page_media.ts";
import type { Millis } from "../../../shared/core/units.ts";

/** The state of the connection from page to viewer; `retryAt` is by the page's clock. */
export type Link =
  | { readonly state: "connecting" }
  | { readonly state: "open" }
  | { readonly state: "lost"; readonly retryAt: Millis };

/** What the connection needs of a browser; tests pass in their own. */
export interface ConnectionAdapter {
  open(): WebSocket;
  now(): Millis;
  /** @returns a function that cancels the call. */
  schedule(callback: () => void, delay: Millis): () => void;
  /** In [0, 1). */
  random(): number;
}

export interface ConnectionHandlers {
  onLink(link: Link): void;
  onMessage(message: ToPage): void;
  onMedia(media: PageMedia): void;
  onFrame(frame: PageFrame): void;
  onData(data: PageData): void;
}

/** What the page can ask the viewer for. */
type Wish = "sound" | "screen" | "data";

const FIRST_DELAY_MILLIS = 400;
const LONGEST_DELAY_MILLIS = 5000;
/** The viewer sends a ledger each second; after this long without one, the connection is lost. */
const SILENCE_MILLIS = 15_000;

/** The WebSocket to the viewer, which reconnects after a loss. */
export class PageConnection {
  #socket: WebSocket | undefined;
  #attempt = 0;
  readonly #wishes = new Set<Wish>();
  #frames = new PageFrameCollector();
  #data = new PageDataCollector();
  #cancelTimer = () => {};
  readonly #adapter: ConnectionAdapter;
  readonly #handlers: ConnectionHandlers;

  constructor(adapter: ConnectionAdapter, handlers: ConnectionHandlers) {
    this.#adapter = adapter;
    this.#handlers = handlers;
  }

  /** Connects now, without waiting for the next attempt. */
  connect(): void {
    this.#cancelTimer();
    this.#drop();
    this.#handlers.onLink({ state: "connecting" });
    const socket = this.#adapter.open();
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#lost();
    this.#watch();
  }

  /** Tells the viewer whether the page wants sound, screen or live data, now and after every reconnection. */
  setWants(kind: Wish, wanted: boolean): void {
    if (wanted) this.#wishes.add(kind);
    else this.#wishes.delete(kind);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send(kind, wanted);
  }

  /** @returns whether the report is on its way to the viewer, which may still lose it. */
  report(report: PageReport): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(serializePageMessage({ kind: "report", report }));
    return true;
  }

  #opened(): void {
    this.#frames = new PageFrameCollector();
    this.#data = new PageDataCollector();
    this.#handlers.onLink({ state: "open" });
    for (const kind of this.#wishes) this.#send(kind, true);
  }

  #send(kind: Wish, wanted: boolean): void {
    this.#socket?.send(serializePageMessage({ kind, wanted }));
  }

  #receive(data: unknown): void {
    this.#watch();
    if (typeof data === "string") {
      const message = parseToPage(data);
      if (!message.ok) return;
      // Only a message resets the backoff: a viewer may accept the socket and close it at once.
      this.#attempt = 0;
      this.#handlers.onMessage(message.value);
    } else if (data instanceof ArrayBuffer) {
      this.#receiveBytes(new Uint8Array(data));
    }
  }

  #receiveBytes(message: Uint8Array): void {
    if (isPageFramePart(message)) {
      const frame = this.#frames.push(message);
      if (frame.ok && frame.value) this.#handlers.onFrame(frame.value);
    } else if (isPageDataPart(message)) {
      const data = this.#data.push(message);
      if (data.ok && data.value) this.#handlers.onData(data.value);
    } else {
      const media = parsePageMedia(message);
      if (media.ok) this.#handlers.onMedia(media.value);
    }
  }

  #watch(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#adapter.schedule(() => this.#lost(), SILENCE_MILLIS);
  }

  #lost(): void {
    this.#cancelTimer();
    this.#drop();
    const longest = Math.min(FIRST_DELAY_MILLIS * 2 ** this.#attempt++, LONGEST_DELAY_MILLIS);
    // A random delay, so that pages that lost the viewer together do not all reconnect at once.
    const delay = longest * (0.5 + this.#adapter.random() / 2);
    this.#handlers.onLink({ state: "lost", retryAt: this.#adapter.now() + delay });
    this.#cancelTimer = this.#adapter.schedule(() => this.connect(), delay);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
