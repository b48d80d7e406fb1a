import assert from "node:assert/strict";
import { TcpAcceptor } from "../../../../shared/system/http/tcp_acceptor.ts";

/** Accepts what the test says, and throws what the test says. */
class FakeListener {
  readonly #accepted: (() => Promise<Deno.TcpConn>)[];
  #close = (_error: Error) => {};

  constructor(accepted: (() => Promise<Deno.TcpConn>)[]) {
    this.#accepted = accepted;
  }

  accept(): Promise<Deno.TcpConn> {
    const next = this.#accepted.shift();
    return next?.() ?? new Promise((_, reject) => this.#close = reject);
  }

  close(): void {
    this.#close(new Deno.errors.BadResource("closed"));
  }
}

function silentConnection(): Deno.TcpConn {
  let end = (_length: null) => {};
  const ended = new Promise<null>((resolve) => end = resolve);
  const connection = { setNoDelay() {}, read: () => ended, close: () => end(null) };
  return connection as unknown as Deno.TcpConn;
}

Deno.test("accepting continues after every error; only a closed listener ends it", async () => {
  const troubles: unknown[] = [];
  const emfile = Object.assign(new Error("Too many open files"), { code: "EMFILE" });
  const strange = new Deno.errors.ConnectionAborted("gone before it was accepted");
  const connections: unknown[] = [];
  const fail = (error: Error) => () => Promise.reject(error);
  const listener = new FakeListener([
    fail(emfile),
    () => Promise.resolve(silentConnection()),
    fail(strange),
    () => Promise.resolve(silentConnection()),
  ]);
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const acceptor = new TcpAcceptor(listener, {
    onConnection: (stream) => {
      connections.push(stream);
      if (connections.length === 2) resolve();
    },
    onTrouble: (error) => troubles.push(error),
  });
  await enough;
  await acceptor.close(0);
  // The second came within ten seconds of the first.
  assert.deepEqual(troubles, [emfile]);
  assert.equal(connections.length, 2);
});

Deno.test("without a free descriptor, the connection that has been silent longest is closed for a new one", async () => {
  const streams: { destroyed: boolean }[] = [];
  const listener = new FakeListener([
    () => Promise.resolve(silentConnection()),
    () => Promise.resolve(silentConnection()),
    () => Promise.reject(new Error("Too many open files")),
    () => Promise.resolve(silentConnection()),
  ]);
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const acceptor = new TcpAcceptor(listener, {
    onConnection: (stream) => {
      if (streams.push(stream) === 3) resolve();
    },
    onTrouble: () => {},
  });
  await enough;
  assert.deepEqual(streams.map(({ destroyed }) => destroyed), [true, false, false]);
  await acceptor.close(0);
});
