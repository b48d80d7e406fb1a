import assert from "node:assert/strict";
import { type Address, Destination } from "../../../../shared/driver/socket.ts";
import { systemClock } from "../../../../shared/system/system_clock.ts";
import { BatchReceiver } from "../../../../shared/system/udp/batch_receiver.ts";
import { openWays, type UdpWays } from "../../../../shared/system/udp/open_ways.ts";
import { BATCH_DATAGRAMS } from "../../../../shared/system/udp/received_batch.ts";
import { RuntimeReceiver, type UdpReceiver } from "../../../../shared/system/udp/udp_receiver.ts";

/** Every way to receive must pass every test of this file; BatchReceiver is Linux's. */
const RECEIVERS: readonly { name: string; on(connection: Deno.DatagramConn): UdpWays }[] = [
  { name: "the runtime's", on: (connection) => openAs(RuntimeReceiver, connection, true) },
  ...Deno.build.os === "linux"
    ? [{ name: "the batch", on: (one: Deno.DatagramConn) => openAs(BatchReceiver, one, false) }]
    : [],
];
// deno-lint-ignore ban-types -- only the class of the receiver is looked at
function openAs(kind: Function, connection: Deno.DatagramConn, noFfi: boolean): UdpWays {
  const ways = openWays(connection, { isForMany: true, noFfi }, systemClock);
  assert.ok(ways.receiver instanceof kind);
  return ways;
}
const IPV4 = "127.0.0.1";
const IPV6 = "::1";
/** The longest datagram of IPv4. */
const LONGEST = 65_507;

const bind = (hostname: string) => Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
const addressOf = (connection: Deno.DatagramConn) => {
  const { hostname, port } = connection.addr as Deno.NetAddr;
  return { hostname, port };
};

/** A receiver, and a socket that sends to it. */
function setUp(on: (connection: Deno.DatagramConn) => UdpWays, hostname = IPV4) {
  const connection = bind(hostname);
  const peer = bind(hostname);
  const to = { transport: "udp", ...addressOf(connection) } as const;
  const ways = on(connection);
  return {
    receiver: ways.receiver,
    peer,
    local: addressOf(connection),
    from: addressOf(peer),
    async arrive(...datagrams: Uint8Array[]) {
      for (const datagram of datagrams) await peer.send(datagram, to);
    },
    close: () => closeBoth(ways),
    [Symbol.dispose]() {
      closeBoth(ways);
      peer.close();
    },
  };
}

function closeBoth({ receiver, sender }: UdpWays): void {
  receiver.close();
  sender.close();
}

/** The next so many, copied. */
async function take(receiver: UdpReceiver, count: number) {
  const taken: { datagram: Uint8Array; from: Address }[] = [];
  while (taken.length < count) {
    const { datagram, from } = (await receiver.receive())!;
    const { hostname, port } = from;
    taken.push({ datagram: datagram.slice(), from: { hostname, port } });
  }
  return taken;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => Uint8Array.of(index));
const bytesOf = (taken: { datagram: Uint8Array }[]) => taken.map(({ datagram }) => datagram[0]);

for (const { name, on } of RECEIVERS) {
  const test = (what: string, run: () => Promise<void>) =>
    Deno.test(`${name} receiver: ${what}`, run);

  test("datagrams come one after the other, in order, from where they were sent", async () => {
    using net = setUp(on);
    await net.arrive(...upTo(200));
    const taken = await take(net.receiver, 200);
    assert.deepEqual(bytesOf(taken), Array.from({ length: 200 }, (_, index) => index));
    for (const { datagram, from } of taken) {
      assert.equal(datagram.length, 1);
      assert.deepEqual(from, net.from);
    }
  });

  test("each is whole, however long, wherever it stands among others", async () => {
    using net = setUp(on);
    const lengths = [LONGEST, 0, 1, 1200, 1201, 2048, 2049, LONGEST, 9000, 0, 3];
    await net.arrive(...lengths.map((length, at) => new Uint8Array(length).fill(at + 1)));
    const taken = await take(net.receiver, lengths.length);
    assert.deepEqual(taken.map(({ datagram }) => datagram.length), lengths);
    for (const [at, { datagram }] of taken.entries()) {
      assert.ok(datagram.every((byte) => byte === at + 1), `number ${at}`);
    }
  });

  test("what comes while others are given out follows them", async () => {
    using net = setUp(on);
    await net.arrive(...upTo(10));
    const before = await take(net.receiver, 4);
    await net.arrive(...upTo(100));
    const after = await take(net.receiver, 106);
    const order = [...upTo(10), ...upTo(100)].map(([byte]) => byte);
    assert.deepEqual([...bytesOf(before), ...bytesOf(after)], order);
  });

  test("a datagram that has not come yet is waited for, again and again", async () => {
    using net = setUp(on);
    for (let byte = 0; byte < 10; byte++) {
      const waiting = net.receiver.receive();
      await net.arrive(Uint8Array.of(byte));
      assert.deepEqual((await waiting)!.datagram, Uint8Array.of(byte));
    }
  });

  test("the bytes stay until the next is asked for, though others have come", async () => {
    using net = setUp(on);
    await net.arrive(...upTo(5));
    for (let byte = 0; byte < 150; byte++) {
      const { datagram } = (await net.receiver.receive())!;
      await net.arrive(Uint8Array.of((byte + 5) % 256));
      assert.deepEqual(datagram, Uint8Array.of(byte));
    }
  });

  test("addresses are written as the runtime writes them", async () => {
    for (
      const [local, remote, target] of [
        [IPV4, "127.0.0.1", IPV4],
        [IPV4, "127.200.30.4", IPV4],
        ["0.0.0.0", "127.255.255.254", IPV4],
        [IPV6, "::1", IPV6],
        ["::", "::1", IPV6],
        ["::", "127.0.0.9", IPV4],
      ] as const
    ) {
      const [ours, theirs] = [bind(local), bind(local)];
      const ways = on(ours);
      const peer = bind(remote);
      for (const { port } of [addressOf(ours), addressOf(theirs)]) {
        for (const byte of [1, 2, 3]) {
          await peer.send(Uint8Array.of(byte), { transport: "udp", hostname: target, port });
        }
      }
      const { hostname, port } = (await theirs.receive())[1] as Deno.NetAddr;
      assert.equal(port, addressOf(peer).port);
      for (const { from } of await take(ways.receiver, 3)) {
        assert.deepEqual(from, { hostname, port });
      }
      closeBoth(ways);
      for (const one of [theirs, peer]) one.close();
    }
  });

  test("many who send are told apart", async () => {
    using net = setUp(on);
    const to = { transport: "udp", ...net.local } as const;
    const peers = Array.from(
      { length: 150 },
      (_, index) => bind(`127.0.${index % 7}.${1 + index}`),
    );
    for (const peer of peers) await peer.send(Uint8Array.of(1), to);
    const taken = await take(net.receiver, peers.length);
    assert.deepEqual(taken.map(({ from }) => from), peers.map(addressOf));
    for (const peer of peers) peer.close();
  });

  test("closing ends a wait", async () => {
    using net = setUp(on);
    const waiting = net.receiver.receive();
    net.close();
    assert.equal(await waiting, undefined);
    assert.equal(await net.receiver.receive(), undefined);
  });

  test("after closing, what was left of several is not given out", async () => {
    using net = setUp(on);
    await net.arrive(...upTo(10));
    await take(net.receiver, 3);
    net.close();
    assert.equal(await net.receiver.receive(), undefined);
    net.close();
  });

  test("a closed receiver takes nothing from a socket that has its descriptor", async () => {
    using net = setUp(on);
    await net.arrive(...upTo(1));
    // Where it would look next whether more has come.
    await take(net.receiver, 1);
    net.close();
    const others = Array.from({ length: 8 }, () => bind(IPV4));
    for (const other of others) {
      await net.peer.send(Uint8Array.of(7), { transport: "udp", ...addressOf(other) });
    }
    for (const _ of others) assert.equal(await net.receiver.receive(), undefined);
    for (const other of others) {
      assert.deepEqual((await other.receive())[0], Uint8Array.of(7));
      other.close();
    }
  });

  test("a receiver of copies that were sent to nobody is no error", async () => {
    const connection = bind(IPV4);
    const ways = on(connection);
    const [gone, peer] = [bind(IPV4), bind(IPV4)];
    const nobody = new Destination(addressOf(gone));
    gone.close();
    for (let byte = 0; byte < 5; byte++) {
      await ways.sender.sendMany(Uint8Array.of(9), [nobody, nobody]);
      await peer.send(Uint8Array.of(byte), { transport: "udp", ...addressOf(connection) });
      assert.deepEqual(bytesOf(await take(ways.receiver, 1)), [byte]);
    }
    closeBoth(ways);
    peer.close();
  });

  test("timers get their turn, however much arrives", async () => {
    using net = setUp(on);
    let isDue = false;
    setTimeout(() => isDue = true, 1);
    await net.arrive(...upTo(2 * BATCH_DATAGRAMS));
    // Each is followed by another, so that the next never has to be waited for.
    for (let taken = 0; !isDue && taken < 100_000; taken++) {
      const [next] = await Promise.all([net.receiver.receive(), net.arrive(Uint8Array.of(1))]);
      assert.ok(next);
    }
    assert.ok(isDue);
  });
}
