import { ConnectionStream } from "./connection_stream.ts";

/** Limits on the connections of a server. */
export interface ConnectionLimits {
  /** Open at the same time. */
  readonly maxConnections: number;
  /** How long a connection may take to send its request, in milliseconds. */
  readonly requestMillis: number;
  /** How long the other side may take to read written bytes, in milliseconds. */
  readonly stuckMillis: number;
}

/** Enough for 64 pages, 64 players and the other requests of browsers. */
const LIMITS: ConnectionLimits = {
  maxConnections: 192,
  requestMillis: 10_000,
  stuckMillis: 60_000,
};
/** When to try accepting again after the system refused, for example without free descriptors. */
const RETRY_MILLIS = 100;

/** The shortest time between two reports of trouble, which a stranger could cause many times. */
const REPORT_MILLIS = 10_000;

const REFUSAL = new TextEncoder().encode(
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\n" +
    "Content-Type: text/plain; charset=UTF-8\r\n\r\n503: too many connections are open\n",
);

export interface AcceptorOptions {
  readonly onConnection: (stream: ConnectionStream) => void;
  /**
   * Accepting failed and goes on; called at most every ten seconds.
   *
   * @param times the failures since the last call
   */
  readonly onTrouble: (error: unknown, times: number) => void;
  readonly limits?: Partial<ConnectionLimits>;
}

/**
 * Accepts connections as long as its listener is open, also after errors, and limits their number. When
 * the limit or the last file descriptor is reached, the connection that has waited longest without a
 * request is closed.
 */
export class TcpAcceptor {
  readonly #listener: Pick<Deno.Listener<Deno.TcpConn>, "accept" | "close">;
  readonly #options: AcceptorOptions;
  readonly #limits: ConnectionLimits;
  /** Connections without a request yet, oldest first, each with the function that stops its timeout. */
  readonly #waiting = new Map<ConnectionStream, () => void>();
  readonly #serving = new Set<ConnectionStream>();
  #isClosed = false;
  #unreported = 0;
  #reportedAt = -Infinity;
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

  /** The request has arrived: the timeout no longer applies. */
  serve(stream: ConnectionStream): void {
    this.#waiting.get(stream)?.();
    if (this.#waiting.delete(stream)) this.#serving.add(stream);
  }

  /** Accepts no more connections, and closes those still open after `graceMillis`. */
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
        this.#accept(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        this.#report(error);
        this.#dropLongestWaiting();
        await new Promise<void>((resolve) => setTimeout(resolve, RETRY_MILLIS));
      }
    }
  }

  #report(error: unknown): void {
    this.#unreported++;
    if (performance.now() - this.#reportedAt < REPORT_MILLIS) return;
    this.#options.onTrouble(error, this.#unreported);
    this.#reportedAt = performance.now();
    this.#unreported = 0;
  }

  #accept(connection: Deno.TcpConn): void {
    const { maxConnections, requestMillis, stuckMillis } = this.#limits;
    if (this.connectionCount >= maxConnections && !this.#dropLongestWaiting()) {
      return refuse(connection);
    }
    const stream = new ConnectionStream(connection, stuckMillis);
    const timer = setTimeout(() => stream.destroy(), requestMillis);
    this.#waiting.set(stream, () => clearTimeout(timer));
    // A close event follows every error.
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
