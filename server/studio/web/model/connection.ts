import type { Millis } from "../../../../shared/core/units.ts";
import { serializeStudioMedia, type StudioMedia } from "../../../../shared/studio/studio_media.ts";
import {
  parseStudioToPage,
  serializeStudioMessage,
  type StudioToHost,
  type StudioToPage,
} from "../../../../shared/studio/studio_messages.ts";
import type { ConnectionAdapter, Link } from "../../../../viewer/web/model/connection.ts";
import type { CaptureLink } from "../capture/capture_link.ts";

export interface StudioHandlers {
  onLink(link: Link): void;
  onMessage(message: StudioToPage): void;
  /** This page drives from now on: the host must be told what comes. */
  onDriving(): void;
}

const FIRST_DELAY_MILLIS: Millis = 250;
const LONGEST_DELAY_MILLIS: Millis = 3000;
/** The host tells something each second; after this long without a word, it is gone. */
const SILENCE_MILLIS: Millis = 10_000;

/** The WebSocket to the host, which reconnects after a loss, and brings it sound and pictures. */
export class StudioConnection implements CaptureLink {
  #socket: WebSocket | undefined;
  #isDriving = false;
  #attempt = 0;
  #cancelTimer = () => {};
  readonly #adapter: ConnectionAdapter;
  readonly #handlers: StudioHandlers;

  constructor(adapter: ConnectionAdapter, handlers: StudioHandlers) {
    this.#adapter = adapter;
    this.#handlers = handlers;
  }

  /** Infinity while nothing can be brought. */
  get bufferedAmount(): number {
    return this.#isOpen && this.#isDriving ? this.#socket!.bufferedAmount : Infinity;
  }

  /** Connects now, without waiting for the next attempt. */
  connect(): void {
    this.#cancelTimer();
    this.#drop();
    this.#handlers.onLink({ state: "connecting" });
    const socket = this.#adapter.open();
    this.#socket = socket;
    socket.onopen = () => this.#handlers.onLink({ state: "open" });
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#lost();
    this.#watch();
  }

  /** @returns whether it is on its way. */
  send(message: StudioToHost): boolean {
    if (this.#isOpen) this.#socket!.send(serializeStudioMessage(message));
    return this.#isOpen;
  }

  /** Of a page that does not drive, the host wants nothing. */
  say(message: StudioToHost): void {
    if (this.#isDriving) this.send(message);
  }

  bring(media: StudioMedia): void {
    if (this.#isDriving && this.#isOpen) this.#socket!.send(serializeStudioMedia(media));
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #receive(data: unknown): void {
    this.#watch();
    const message = typeof data === "string" ? parseStudioToPage(data) : undefined;
    if (!message?.ok) return;
    // Only a message resets the backoff: a host may accept the socket and close it at once.
    this.#attempt = 0;
    const wasDriving = this.#isDriving;
    if ("isDriving" in message.value) this.#isDriving = message.value.isDriving;
    this.#handlers.onMessage(message.value);
    if (this.#isDriving && !wasDriving) this.#handlers.onDriving();
  }

  #watch(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#adapter.schedule(() => this.#lost(), SILENCE_MILLIS);
  }

  #lost(): void {
    this.#cancelTimer();
    this.#drop();
    const longest = Math.min(FIRST_DELAY_MILLIS * 2 ** this.#attempt++, LONGEST_DELAY_MILLIS);
    const delay = longest * (0.5 + this.#adapter.random() / 2);
    this.#handlers.onLink({ state: "lost", retryAt: this.#adapter.now() + delay });
    this.#cancelTimer = this.#adapter.schedule(() => this.connect(), delay);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isDriving = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
