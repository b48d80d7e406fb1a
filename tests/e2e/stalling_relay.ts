/** Passes TCP connections on to a port of this machine, and holds back what comes from there while it stalls. */
export class StallingRelay implements Disposable {
  readonly port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  #going: Promise<void> = Promise.resolve();
  #goOn: () => void = () => {};

  constructor(port: number) {
    this.port = this.#listener.addr.port;
    this.#accept(port);
  }

  stall(): void {
    this.#going = new Promise((resolve) => this.#goOn = resolve);
  }

  goOn(): void {
    this.#goOn();
  }

  [Symbol.dispose](): void {
    this.#goOn();
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
  }

  async #accept(port: number): Promise<void> {
    for await (const browser of this.#listener) {
      const viewer = await Deno.connect({ hostname: "127.0.0.1", port });
      this.#connections.add(browser).add(viewer);
      this.#pass(browser, viewer, false);
      this.#pass(viewer, browser, true);
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn, canStall: boolean): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        if (canStall) await this.#going;
        const length = await from.read(buffer);
        if (length === null) break;
        for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
      }
    } catch {
      // One of both has closed.
    }
    close(from);
    close(to);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
