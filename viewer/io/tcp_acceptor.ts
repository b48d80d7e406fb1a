import { ConnectionStream } from "./connection_stream.ts";

/** What the connections of a server may cost. */
export interface ConnectionLimits {
  /** Open at the same time. */
  readonly maxConnections: number;
  /** How long one may take to say what it wants, in milliseconds. */
  readonly requestMillis: number;
  /** How long what is written may lie untaken, in milliseconds. */
  readonly stuckMillis: number;
}

/** The seats of 64 pages and 64 players, and room for what a browser opens beside. */
const LIMITS: ConnectionLimits = {
  maxConnections: 192,
  requestMillis: 10_000,
  stuckMillis: 60_000,
};
/** How soon accepting is tried again after the system refused; descriptors are free by then or not. */
const RETRY_MILLIS = 100;

/** A log must not fill with what a stranger can cause ten times a second. */
const TELL_MILLIS = 10_000;

const REFUSAL = new TextEncoder().encode(
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\n" +
    "Content-Type: text/plain; charset=UTF-8\r\n\r\n503: too many connections are open\n",
);

export interface AcceptorOptions {
  readonly onConnection: (stream: ConnectionStream) => void;
  /**
   * Accepting fails, and goes on all the same; said at most every ten seconds.
   *
   * @param times how often it failed since this was said last
   */
  readonly onTrouble: (error: unknown, times: number) => void;
  readonly limits?: Partial<ConnectionLimits>;
}

/**
 * Accepts connections for as long as its listener is open, whatever accepting meets, and bounds
 * them. When there is no room for another, or no descriptor, the one that has said nothing for
 * longest gives way.
 */
export class TcpAcceptor {
  readonly #listener: Pick<Deno.Listener<Deno.TcpConn>, "accept" | "close">;
  readonly #options: AcceptorOptions;
  readonly #limits: ConnectionLimits;
  /** Those that have yet to say what they want, oldest first, each with what calls its end off. */
  readonly #waiting = new Map<ConnectionStream, () => void>();
  readonly #serving = new Set<ConnectionStream>();
  #isClosed = false;
  #untold = 0;
  #toldAt = -Infinity;
  #onEmpty = () => {};

  constructor(
    listener: Pick<Deno.Listener<Deno.TcpConn>, "accept" | "close">,
    options: AcceptorOptions,
  ) {
    this.#listener = listener;
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#acceptAll();
  }

  get connectionCount(): number {
    return this.#waiting.size + this.#serving.size;
  }

  /** Its request has come: from now on it may take as long as it likes. */
  serve(stream: ConnectionStream): void {
    this.#waiting.get(stream)?.();
    if (this.#waiting.delete(stream)) this.#serving.add(stream);
  }

  /** Accepts nothing more, and gives what is being served `graceMillis` to end by itself. */
  async close(graceMillis: number): Promise<void> {
    this.#isClosed = true;
    this.#listener.close();
    for (const stream of this.#waiting.keys()) stream.destroy();
    if (this.connectionCount === 0) return;
    const empty = new Promise<void>((resolve) => this.#onEmpty = resolve);
    const timer = setTimeout(() => {
      for (const stream of this.#serving) stream.destroy();
    }, graceMillis);
    await empty;
    clearTimeout(timer);
  }

  async #acceptAll(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#welcome(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        this.#tell(error);
        this.#dropLongestWaiting();
        await new Promise<void>((resolve) => setTimeout(resolve, RETRY_MILLIS));
      }
    }
  }

  #tell(error: unknown): void {
    this.#untold++;
    if (performance.now() - this.#toldAt < TELL_MILLIS) return;
    this.#options.onTrouble(error, this.#untold);
    this.#toldAt = performance.now();
    this.#untold = 0;
  }

  #welcome(connection: Deno.TcpConn): void {
    const { maxConnections, requestMillis, stuckMillis } = this.#limits;
    if (this.connectionCount >= maxConnections && !this.#dropLongestWaiting()) {
      return refuse(connection);
    }
    const stream = new ConnectionStream(connection, stuckMillis);
    const timer = setTimeout(() => stream.destroy(), requestMillis);
    this.#waiting.set(stream, () => clearTimeout(timer));
    // The close that follows says all there is to say.
    stream.on("error", () => {});
    stream.on("close", () => this.#forget(stream));
    this.#options.onConnection(stream);
  }

  #forget(stream: ConnectionStream): void {
    this.#waiting.get(stream)?.();
    this.#waiting.delete(stream);
    this.#serving.delete(stream);
    if (this.connectionCount === 0) this.#onEmpty();
  }

  #dropLongestWaiting(): boolean {
    const [stream] = this.#waiting.keys();
    if (!stream) return false;
    stream.destroy();
    this.#forget(stream);
    return true;
  }
}

function refuse(connection: Deno.TcpConn): void {
  connection.write(REFUSAL).catch(() => {}).finally(() => connection.close());
}
