/**
 * The types of the parts of ws that are used here. Its published types depend on another version of
 * Node's types, which conflicts with Deno's.
 */
import type { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";

export class WebSocket extends EventEmitter {
  readonly OPEN: number;
  readonly readyState: number;
  /** Bytes passed to `send` and not yet taken by the system. */
  readonly bufferedAmount: number;
  /** @param done called when the system has taken the message, or never will. */
  send(data: string | Uint8Array, done?: (error?: Error) => void): void;
  ping(): void;
  pong(data: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Reads no more; messages that were read already still come. */
  pause(): void;
  resume(): void;
  /** Ends the connection without the closing handshake. */
  terminate(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "ping" | "pong", listener: (data: Buffer) => void): this;
  on(event: "close", listener: () => void): this;
  on(event: "error", listener: (error: Error) => void): this;
}

export class WebSocketServer {
  constructor(options: {
    readonly noServer: true;
    readonly clientTracking: boolean;
    readonly perMessageDeflate: boolean;
    /** The longest message with all its frames, in bytes; a longer one ends the connection (1009). */
    readonly maxPayload: number;
    /** The most frames of a message. */
    readonly maxFragments: number;
    /** The most received pieces that wait for the rest of a frame. */
    readonly maxBufferedChunks: number;
    readonly autoPong: boolean;
    /** In milliseconds: how long the other side may take to answer a close. */
    readonly closeTimeout: number;
  });
  handleUpgrade(
    request: {
      readonly method: string;
      readonly url: string;
      /** By name in lower case. */
      readonly headers: Readonly<Record<string, string>>;
    },
    connection: Duplex,
    head: Buffer,
    onOpen: (socket: WebSocket) => void,
  ): void;
}
