import { unlessAborted } from "../../../../shared/core/unless_aborted.ts";

const READ_BYTES = 256 * 1024;

/** A TCP connection that the end of a signal closes. */
export class TcpConnection {
  readonly #connection: Deno.TcpConn;
  readonly #signal: AbortSignal;
  readonly #close = () => this.close();
  #isClosed = false;

  private constructor(connection: Deno.TcpConn, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
    signal.addEventListener("abort", this.#close, { once: true });
  }

  /** @returns undefined when the signal aborts first. */
  static async open(
    address: { readonly hostname: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<TcpConnection | undefined> {
    const opening = Deno.connect({ hostname: address.hostname, port: address.port });
    const connection = await unlessAborted(opening, signal);
    if (!connection) {
      opening.then((late) => late.close(), () => {});
      return undefined;
    }
    connection.setKeepAlive(true);
    return new TcpConnection(connection, signal);
  }

  /** The bytes as they come; each chunk is overwritten by the next one. Ends with the connection or the signal. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(READ_BYTES);
    for (;;) {
      const length = await this.#read(chunk);
      if (length === null) return;
      yield chunk.subarray(0, length);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
  }

  close(): void {
    this.#signal.removeEventListener("abort", this.#close);
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  async #read(chunk: Uint8Array): Promise<number | null> {
    try {
      return await this.#connection.read(chunk);
    } catch (error) {
      if (this.#isClosed) return null;
      throw error;
    }
  }
}
