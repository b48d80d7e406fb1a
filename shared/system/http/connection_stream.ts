import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

const READ_BYTES = 16 * 1024;

/**
 * A TCP connection as a Node stream, which the WebSocket library takes. It ends when the other side ends,
 * and when the other side has not read for too long, so that a stuck reader uses no memory and no place
 * among the connections.
 */
export class ConnectionStream extends Duplex {
  readonly #connection: Deno.TcpConn;
  readonly #stuckMillis: number;
  readonly #buffer = new Uint8Array(READ_BYTES);

  /** @param stuckMillis how long a single write may take, in milliseconds */
  constructor(connection: Deno.TcpConn, stuckMillis: number) {
    super({ allowHalfOpen: false });
    this.#connection = connection;
    this.#stuckMillis = stuckMillis;
    connection.setNoDelay(true);
  }

  /** The address of the other side. */
  get remoteHostname(): string {
    const { remoteAddr } = this.#connection;
    return "hostname" in remoteAddr ? remoteAddr.hostname : "";
  }

  override _read(): void {
    this.#connection.read(this.#buffer).then(
      // A copy, so that keeping a few bytes does not keep the whole read buffer.
      (length) => this.push(length === null ? null : Buffer.from(this.#buffer.subarray(0, length))),
      (error) => this.destroy(error),
    );
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const timer = setTimeout(
      () => this.destroy(new Error("the other side does not read")),
      this.#stuckMillis,
    );
    writeAll(this.#connection, chunk).then(() => done(), done).finally(() => clearTimeout(timer));
  }

  override _final(done: () => void): void {
    this.#connection.closeWrite().catch(() => {}).then(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    try {
      this.#connection.close();
    } catch {
      // The system closed it first.
    }
    done(error);
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}
