import assert from "node:assert/strict";
import { sendOne } from "../../shared/driver/socket.ts";
import { MemoryNet, MemorySocket } from "./memory_net.ts";

const ANN = { hostname: "10.0.0.1", port: 1 };
const BOB = { hostname: "10.0.0.2", port: 2 };

Deno.test("delivers to the address, saying from whom and when", () => {
  const net = new MemoryNet(() => ({ delayMillis: 5 }));
  const got: unknown[] = [];
  net.attach(BOB, (datagram, from, now) => got.push([[...datagram], from, now]));
  net.send(Uint8Array.of(1, 2), ANN, BOB, 100);
  net.deliver(104);
  assert.deepEqual(got, []);
  assert.equal(net.deadline, 105);
  net.deliver(105);
  assert.deepEqual(got, [[[1, 2], ANN, 105]]);
});

Deno.test("a view kept of what was delivered does not survive", () => {
  const net = new MemoryNet();
  let kept: Uint8Array | undefined;
  net.attach(BOB, (datagram) => kept = datagram);
  net.send(Uint8Array.of(1, 2), ANN, BOB, 0);
  net.deliver(0);
  assert.deepEqual([...kept!], [0xee, 0xee]);
});

Deno.test("each direction is a path of its own", () => {
  const net = new MemoryNet((from) => from === ANN ? { loss: 1 } : {});
  const got: string[] = [];
  net.attach(ANN, () => got.push("ann"));
  net.attach(BOB, () => got.push("bob"));
  net.send(Uint8Array.of(1), ANN, BOB, 0);
  net.send(Uint8Array.of(1), BOB, ANN, 0);
  net.deliver(0);
  assert.deepEqual(got, ["ann"]);
  assert.equal(net.path(ANN, BOB).others.lost, 1);
});

Deno.test("an address that nobody has swallows, and it is counted", () => {
  const net = new MemoryNet();
  net.send(Uint8Array.of(1), ANN, BOB, 0);
  net.deliver(0);
  assert.equal(net.undeliverable, 1);
});

Deno.test("a socket hands over in order, reuses its buffer, and ends when closed", async () => {
  const net = new MemoryNet();
  const ann = new MemorySocket(net, ANN, () => 0);
  const bob = new MemorySocket(net, BOB, () => 0);
  await sendOne(ann, Uint8Array.of(1), BOB);
  await sendOne(ann, Uint8Array.of(2), BOB);
  net.deliver(0);
  const first = (await bob.receive())!.datagram;
  assert.deepEqual([...first], [1]);
  assert.deepEqual([...(await bob.receive())!.datagram], [2]);
  assert.deepEqual([...first], [2]);
  const waiting = bob.receive();
  bob.close();
  assert.equal(await waiting, undefined);
});

Deno.test("a socket that nobody reads drops past its buffer, and counts it", () => {
  const net = new MemoryNet();
  const bob = new MemorySocket(net, BOB, () => 0);
  for (let index = 0; index < 300; index++) net.send(Uint8Array.of(1), ANN, BOB, 0);
  net.deliver(0);
  assert.equal(bob.dropped, 300 - 256);
});
