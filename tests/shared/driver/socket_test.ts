import assert from "node:assert/strict";
import {
  type Address,
  addressKey,
  Destination,
  formatAddress,
  sendOne,
  sendToEach,
} from "../../../shared/driver/socket.ts";

Deno.test("addresses are written so that a port can be told from IPv6", () => {
  assert.equal(formatAddress({ hostname: "127.0.0.1", port: 5004 }), "127.0.0.1:5004");
  assert.equal(formatAddress({ hostname: "::1", port: 5004 }), "[::1]:5004");
});

Deno.test("keys differ where addresses do", () => {
  const addresses = [["a", 1], ["a", 11], ["b", 1], ["::1", 1], ["::", 11]] as const;
  const keys = addresses.map(([hostname, port]) => addressKey({ hostname, port }));
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("a destination is encoded once for each encoder, and keeps a copy of its address", () => {
  let encodings = 0;
  const encoder = { encode: ({ port }: Address) => `${port}, ${++encodings}` };
  const from = { hostname: "10.0.0.1", port: 5004 };
  const destination = new Destination(from);
  // A socket may use the same object for the address of the next datagram.
  from.port = 9;
  for (let time = 0; time < 3; time++) {
    assert.equal(destination.encodedBy(encoder), "5004, 1");
  }
  assert.equal(destination.encodedBy({ encode: () => 17 }), 17, "not the form of another encoder");
  assert.equal(destination.encodedBy(encoder), "5004, 2");
});

Deno.test("one refused copy does not keep the others from being sent", async () => {
  const to = [1, 2, 3].map((port) => new Destination({ hostname: "10.0.0.1", port }));
  const sent: number[] = [];
  const noRoute = new Error("no route");
  const refused = await sendToEach(to, async ({ address: { port } }) => {
    if (port === 2) throw noRoute;
    await Promise.resolve();
    sent.push(port);
  });
  assert.deepEqual(sent, [1, 3]);
  assert.deepEqual(refused, [{ to: to[1], error: noRoute }]);
});

Deno.test("a socket that refuses the only copy makes sending to one address fail", async () => {
  const error = new Error("no route");
  const refusing = {
    sendMany: (_: Uint8Array, to: readonly Destination[]) =>
      Promise.resolve(to.map((to) => ({ to, error }))),
  };
  const to = { hostname: "10.0.0.1", port: 1 };
  await assert.rejects(sendOne(refusing, Uint8Array.of(1), to), error);
  await sendOne({ sendMany: () => Promise.resolve([]) }, Uint8Array.of(1), to);
});
