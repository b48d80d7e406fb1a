import assert from "node:assert/strict";
import { Destination } from "../../../../shared/driver/socket.ts";
import { systemClock } from "../../../../shared/system/system_clock.ts";
import { BatchSender } from "../../../../shared/system/udp/batch_sender.ts";
import { BATCH_COPIES } from "../../../../shared/system/udp/message_batch.ts";
import { openWays } from "../../../../shared/system/udp/open_ways.ts";
import { RuntimeSender, type UdpSender } from "../../../../shared/system/udp/udp_sender.ts";

/** Every way to send must pass every test of this file; BatchSender is Linux's. */
const SENDERS: readonly { name: string; on(connection: Deno.DatagramConn): UdpSender }[] = [
  { name: "the runtime's", on: (connection) => openAs(RuntimeSender, connection, true) },
  ...Deno.build.os === "linux"
    ? [{ name: "the batch", on: (one: Deno.DatagramConn) => openAs(BatchSender, one, false) }]
    : [],
];
// deno-lint-ignore ban-types -- only the class of the sender is looked at
function openAs(kind: Function, connection: Deno.DatagramConn, noFfi: boolean): UdpSender {
  const { sender } = openWays(connection, { isForMany: true, noFfi }, systemClock);
  assert.ok(sender instanceof kind);
  return sender;
}
const IPV4 = "127.0.0.1";
const IPV6 = "::1";
/** Nothing can be sent to port 0. */
const NOWHERE = new Destination({ hostname: IPV4, port: 0 });
/** The longest datagram of IPv4. */
const LONGEST = 65_507;

const bind = (hostname: string) => Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
const addressOf = (connection: Deno.DatagramConn) => {
  const { hostname, port } = connection.addr as Deno.NetAddr;
  return { hostname, port };
};

/** A sender, and this many sockets that receive. */
function setUp(on: (connection: Deno.DatagramConn) => UdpSender, count: number, hostname = IPV4) {
  const connection = bind(hostname);
  const receivers = Array.from({ length: count }, () => bind(hostname));
  const sender = on(connection);
  return {
    sender,
    from: addressOf(connection),
    receivers,
    to: receivers.map((receiver) => new Destination(addressOf(receiver))),
    [Symbol.dispose]() {
      for (const one of [sender, ...receivers]) one.close();
    },
  };
}

async function receive(connection: Deno.DatagramConn) {
  const [datagram, from] = await connection.receive(new Uint8Array(LONGEST));
  const { hostname, port } = from as Deno.NetAddr;
  return { datagram, from: { hostname, port } };
}

async function receiveAll(connection: Deno.DatagramConn, count: number): Promise<void> {
  for (let received = 0; received < count; received++) await receive(connection);
}

for (const { name, on } of SENDERS) {
  const test = (what: string, run: () => Promise<void>) =>
    Deno.test(`${name} sender: ${what}`, run);

  test("every destination gets the bytes, whatever their number, from the socket's address", async () => {
    using net = setUp(on, 3);
    for (const length of [0, 1, 1200, LONGEST]) {
      const bytes = new Uint8Array(length).fill(length);
      assert.deepEqual(await net.sender.sendMany(bytes, net.to), []);
      for (const receiver of net.receivers) {
        const arrived = await receive(receiver);
        assert.equal(arrived.datagram.length, length);
        assert.ok(arrived.datagram.every((byte) => byte === length % 256));
        assert.deepEqual(arrived.from, net.from);
      }
    }
  });

  test("IPv6 as well", async () => {
    using net = setUp(on, 2, IPV6);
    assert.deepEqual(await net.sender.sendMany(Uint8Array.of(1, 2), net.to), []);
    for (const receiver of net.receivers) {
      assert.deepEqual((await receive(receiver)).datagram, Uint8Array.of(1, 2));
    }
  });

  test("a view of a larger buffer is sent, and not the buffer", async () => {
    using net = setUp(on, 1);
    await net.sender.sendMany(Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 4), net.to);
    assert.deepEqual((await receive(net.receivers[0]!)).datagram, Uint8Array.of(2, 3, 4));
  });

  test("each destination gets one datagram after the other, in order", async () => {
    using net = setUp(on, 2);
    for (let byte = 0; byte < 100; byte++) await net.sender.sendMany(Uint8Array.of(byte), net.to);
    for (const receiver of net.receivers) {
      for (let byte = 0; byte < 100; byte++) {
        assert.equal((await receive(receiver)).datagram[0], byte);
      }
    }
  });

  test("the same destination twice gets two copies", async () => {
    using net = setUp(on, 1);
    const [to] = net.to;
    assert.deepEqual(await net.sender.sendMany(Uint8Array.of(7), [to!, to!]), []);
    for (const _ of "12") assert.equal((await receive(net.receivers[0]!)).datagram[0], 7);
  });

  test("no destination is no error", async () => {
    using net = setUp(on, 0);
    assert.deepEqual(await net.sender.sendMany(Uint8Array.of(1), []), []);
  });

  test("the bytes may be changed once they were sent", async () => {
    using net = setUp(on, 1);
    const bytes = Uint8Array.of(1);
    await net.sender.sendMany(bytes, net.to);
    bytes[0] = 2;
    assert.equal((await receive(net.receivers[0]!)).datagram[0], 1);
  });

  test("a refused copy is told with its destination and an error, and the others leave", async () => {
    using net = setUp(on, 2);
    const to = [NOWHERE, net.to[0]!, NOWHERE, net.to[1]!];
    const refused = await net.sender.sendMany(Uint8Array.of(1), to);
    assert.deepEqual(refused.map(({ to }) => to), [NOWHERE, NOWHERE]);
    for (const { error } of refused) assert.match((error as Error).message, /os error \d+/);
    for (const receiver of net.receivers) assert.equal((await receive(receiver)).datagram[0], 1);
  });

  test("a datagram that is too long is refused for everybody, and the next one leaves", async () => {
    using net = setUp(on, 2);
    const refused = await net.sender.sendMany(new Uint8Array(LONGEST + 1), net.to);
    assert.deepEqual(refused.map(({ to }) => to), net.to);
    assert.deepEqual(await net.sender.sendMany(Uint8Array.of(2), net.to), []);
    for (const receiver of net.receivers) assert.equal((await receive(receiver)).datagram[0], 2);
  });

  test("a closed socket refuses all", async () => {
    using net = setUp(on, 2);
    net.sender.close();
    net.sender.close();
    const refused = await net.sender.sendMany(Uint8Array.of(1), net.to);
    assert.deepEqual(refused.map(({ to }) => to), net.to);
    for (const { error } of refused) assert.ok(error instanceof Error);
  });

  test("the bytes of a closed socket go nowhere, though another socket has its descriptor", async () => {
    using net = setUp(on, 1);
    net.sender.close();
    const others = Array.from({ length: 4 }, () => bind(IPV4));
    assert.equal((await net.sender.sendMany(Uint8Array.of(1), net.to)).length, 1);
    const { sender: other } = openWays(others[0]!, { noFfi: true }, systemClock);
    await other.sendMany(Uint8Array.of(2), net.to);
    assert.equal((await receive(net.receivers[0]!)).datagram[0], 2);
    for (const one of others) one.close();
  });

  test("more destinations than one call takes, and refused ones anywhere among them", async () => {
    // Each receiver gets no more than its buffer holds.
    using net = setUp(on, 8);
    const count = 2 * BATCH_COPIES + 3;
    const at = [0, 1, BATCH_COPIES - 1, BATCH_COPIES, 2 * BATCH_COPIES, count - 1];
    const to = Array.from(
      { length: count },
      (_, one) => at.includes(one) ? NOWHERE : net.to[one % 8]!,
    );
    const refused = await net.sender.sendMany(Uint8Array.of(3), to);
    assert.deepEqual(refused.map(({ to }) => to), at.map(() => NOWHERE));
    for (const [index, receiver] of net.receivers.entries()) {
      await receiveAll(receiver, to.filter((one) => one === net.to[index]).length);
    }
  });

  test("a destination that is a name, or of the other family, is what the runtime makes of it", async () => {
    using net = setUp(on, 1);
    const port = net.to[0]!.address.port;
    const named = new Destination({ hostname: "localhost", port });
    const foreign = new Destination({ hostname: IPV6, port });
    const refused = await net.sender.sendMany(Uint8Array.of(4), [foreign, named, net.to[0]!]);
    assert.deepEqual(refused.map(({ to }) => to), [foreign]);
    await receiveAll(net.receivers[0]!, 2);
  });

  test("on a socket for both families, answers to IPv4 arrive", async () => {
    const [both, ipv4] = [bind("::"), bind(IPV4)];
    const sender = on(both);
    await ipv4.send(Uint8Array.of(1), { transport: "udp", ...addressOf(both), hostname: IPV4 });
    const { from } = await receive(both);
    assert.deepEqual(await sender.sendMany(Uint8Array.of(5), [new Destination(from)]), []);
    assert.equal((await receive(ipv4)).datagram[0], 5);
    for (const one of [sender, ipv4]) one.close();
  });

  test("sending waits for no other sending", async () => {
    using net = setUp(on, 2);
    const sent = [1, 2, 3].map((byte) =>
      net.sender.sendMany(Uint8Array.of(byte), [net.to[0]!, NOWHERE, net.to[1]!])
    );
    for (const refused of await Promise.all(sent)) assert.equal(refused.length, 1);
    for (const receiver of net.receivers) {
      const bytes = [];
      for (const _ of sent) bytes.push((await receive(receiver)).datagram[0]);
      assert.deepEqual(bytes.toSorted(), [1, 2, 3]);
    }
  });
}
