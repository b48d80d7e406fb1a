import assert from "node:assert/strict";
import { type Address, Destination } from "../../../shared/driver/socket.ts";
import { RuntimeSender, type UdpSender } from "../../../shared/system/udp_sender.ts";

/** Every way to send must pass every test of this file. */
const SENDERS: readonly { name: string; on(connection: Deno.DatagramConn): UdpSender }[] = [
  { name: "the runtime's", on: (connection) => new RuntimeSender(connection) },
];
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
  return {
    sender: on(connection),
    from: addressOf(connection),
    receivers,
    to: receivers.map((receiver) => new Destination(addressOf(receiver))),
    closeSender: () => connection.close(),
    [Symbol.dispose]() {
      for (const one of [connection, ...receivers]) {
        try {
          one.close();
        } catch {
          // The test closed it.
        }
      }
    },
  };
}

async function receive(connection: Deno.DatagramConn) {
  const [datagram, from] = await connection.receive(new Uint8Array(LONGEST));
  const { hostname, port } = from as Deno.NetAddr;
  return { datagram, from: { hostname, port } };
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
    net.closeSender();
    const refused = await net.sender.sendMany(Uint8Array.of(1), net.to);
    assert.deepEqual(refused.map(({ to }) => to), net.to);
    for (const { error } of refused) assert.ok(error instanceof Error);
  });

  test("the address of a destination is read once", async () => {
    using net = setUp(on, 1);
    let read = 0;
    const { address } = net.to[0]!;
    const destination = new Destination(address);
    const counted: Address = {
      get hostname() {
        read++;
        return address.hostname;
      },
      port: address.port,
    };
    Object.defineProperty(destination, "address", { value: counted });
    for (let time = 0; time < 5; time++) {
      assert.deepEqual(await net.sender.sendMany(Uint8Array.of(time), [destination]), []);
    }
    assert.equal(read, 1);
  });
}
