import assert from "node:assert/strict";
import {
  type Core,
  Driver,
  MAX_DESTINATIONS,
  type Transmit,
} from "../../../../shared/driver/driver.ts";
import { Destination, sendOne, type SocketUse } from "../../../../shared/driver/socket.ts";
import { demux } from "../../../../shared/rtp/demux.ts";
import { systemClock } from "../../../../shared/system/system_clock.ts";
import { UdpSocket } from "../../../../shared/system/udp/udp_socket.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };
/** A socket is the same whatever it is for, but for how fast it is. */
const USES: readonly { name: string; use: SocketUse }[] = [
  { name: "one peer", use: {} },
  { name: "many peers", use: { isForMany: true } },
  { name: "many peers, without FFI", use: { isForMany: true, noFfi: true } },
];
const IDLE_CORE: Core<never> = {
  deadline: undefined,
  advance: () => {},
  receive: () => {},
  onReceiveError: () => {},
  onSent: () => {},
  pollOutput: () => undefined,
  pollTransmit: () => undefined,
};

/** A socket whose system gives, one after the other, what `script` says; then it waits to be closed. */
function scripted(script: (Error | Uint8Array)[]): UdpSocket {
  const real = Deno.listenDatagram;
  let close = () => {};
  const isClosed = new Promise<never>((_, reject) => {
    close = () => reject(new Deno.errors.Interrupted("operation canceled"));
  });
  isClosed.catch(() => {});
  const addr = { transport: "udp", ...LOOPBACK };
  const receive = () => {
    const next = script.shift();
    if (next instanceof Error) return Promise.reject(next);
    return next ? Promise.resolve([next, addr]) : isClosed;
  };
  Object.assign(Deno, { listenDatagram: () => ({ addr, receive, close: () => close() }) });
  try {
    return new UdpSocket(LOOPBACK, systemClock);
  } finally {
    Object.assign(Deno, { listenDatagram: real });
  }
}

Deno.test("an unknown error is reported, and the next datagram can still be received", async () => {
  const socket = scripted([new Error("os error 10040"), Uint8Array.of(5)]);
  await assert.rejects(socket.receive(), /10040/);
  assert.deepEqual((await socket.receive())?.datagram, Uint8Array.of(5));
  const last = socket.receive();
  socket.close();
  assert.equal(await last, undefined, "closed");
});

Deno.test("a peer that is gone is no error of the socket", async () => {
  const gone = [new Deno.errors.ConnectionReset(""), new Deno.errors.ConnectionRefused("")];
  const socket = scripted([...gone, Uint8Array.of(6)]);
  assert.deepEqual((await socket.receive())?.datagram, Uint8Array.of(6));
  socket.close();
});

for (const { name, use } of USES) {
  const test = (what: string, run: () => Promise<void>) => Deno.test(`${name}: ${what}`, run);

  test("the largest possible datagram fits, so that on Windows too it is no error", async () => {
    const socket = new UdpSocket(LOOPBACK, systemClock, use);
    const sender = new UdpSocket(LOOPBACK, systemClock, use);
    await sendOne(sender, new Uint8Array(65_507).fill(7), socket.address);
    assert.equal((await socket.receive())?.datagram.length, 65_507);
    sender.close();
    const last = socket.receive();
    socket.close();
    assert.equal(await last, undefined);
  });

  test("in a fan-out that takes long, what arrives is received before its end", async () => {
    const socket = new UdpSocket(LOOPBACK, systemClock, use);
    const sender = new UdpSocket(LOOPBACK, systemClock, use);
    const to = Array.from({ length: MAX_DESTINATIONS }, () => new Destination(sender.address));
    let partsLeft = 0;
    let partsLeftAtReceipt: number | undefined;
    const driver = new Driver<never>({
      core: {
        ...IDLE_CORE,
        receive: () => void (partsLeftAtReceipt ??= partsLeft),
        pollTransmit: (): Transmit | undefined =>
          partsLeft-- > 0 ? { datagram: Uint8Array.of(1), to } : void (partsLeft = 0),
      },
      socket,
      // Ten times as fast, so that it gives way early on fast machines too.
      clock: { ...systemClock, now: () => 10 * systemClock.now() },
      onOutput: () => {},
      onSendError: (error) => assert.fail(`${error}`),
      onReceiveError: (error) => assert.fail(`${error}`),
    });
    const running = driver.run();
    await new Promise((resolve) => setTimeout(resolve, 0));
    partsLeft = 100;
    driver.wake();
    await sendOne(sender, Uint8Array.of(2), socket.address);
    while (partsLeft > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    driver.stop();
    await running;
    // Left alone, the runtime looks for what arrived only after some sixty parts.
    assert.ok(partsLeftAtReceipt !== undefined && partsLeftAtReceipt > 45, `${partsLeftAtReceipt}`);
    sender.close();
  });

  test("giving way is enough for a datagram that has arrived to be received, however busy the program is", async () => {
    using receiver = closing(new UdpSocket(LOOPBACK, systemClock, use));
    using sender = closing(new UdpSocket(LOOPBACK, systemClock, use));
    const to = [new Destination(receiver.socket.address)];
    const { signal } = new AbortController();
    for (let round = 0; round < 20; round++) {
      let hasCome = false;
      const receiving = receiver.socket.receive().then(() => hasCome = true);
      await sender.socket.sendMany(Uint8Array.of(round), to);
      // Once or twice is usual; on a busy machine a time may be cut short.
      for (let time = 0; time < 10 && !hasCome; time++) await systemClock.giveWay(signal);
      assert.ok(hasCome, `round ${round}`);
      await receiving;
    }
  });

  test("a driver counts what comes by its true kind, oversized datagrams too", async () => {
    const socket = new UdpSocket(LOOPBACK, systemClock, use);
    const sender = new UdpSocket(LOOPBACK, systemClock);
    // All fit into the receive buffer that a socket has where there is no FFI to raise it.
    const lengths = [65_507, ...Array.from({ length: 4 }, () => [0, 1, 1200, 1201, 2048, 2049])]
      .flat();
    for (const length of lengths) {
      await sendOne(sender, new Uint8Array(length).fill(64), socket.address);
    }
    const { counts, seen } = await countKinds(socket, lengths.length);
    assert.deepEqual(counts, { empty: 4, admission: 8, oversized: 13 });
    assert.deepEqual(seen, lengths);
    sender.close();
  });
}

/** Drives a core that counts kinds and lengths of datagrams, until it has had so many. */
async function countKinds(socket: UdpSocket, expected: number) {
  const counts: Record<string, number> = {};
  const seen: number[] = [];
  const driver: Driver<never> = new Driver<never>({
    core: {
      ...IDLE_CORE,
      receive(datagram) {
        const kind = demux(datagram);
        const name = kind.ok ? kind.value : kind.junk;
        counts[name] = (counts[name] ?? 0) + 1;
        if (seen.push(datagram.length) === expected) driver.stop();
      },
      onReceiveError: () => assert.fail("an error in place of a datagram"),
    },
    socket,
    clock: systemClock,
    onOutput: () => {},
    onSendError: (error) => assert.fail(`${error}`),
    onReceiveError: (error) => assert.fail(`${error}`),
  });
  await driver.run();
  return { counts, seen };
}

function closing(socket: UdpSocket) {
  return { socket, [Symbol.dispose]: () => socket.close() };
}
