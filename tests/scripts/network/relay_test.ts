import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import type { Machine } from "../../../shared/driver/machine.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { serializeRtp } from "../../../shared/rtp/rtp.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { ManualWallClock } from "../../fakes/manual_wall_clock.ts";
import { sendOne } from "../../../shared/driver/socket.ts";
import { MemoryNet, MemorySocket } from "../../fakes/memory_net.ts";
import { openRelay, type RelayOptions } from "../../../scripts/network/relay.ts";

const LOOPBACK = "127.0.0.1";
const HOST = { hostname: LOOPBACK, port: 5004 };
const LISTENER = { hostname: LOOPBACK, port: 40_000 };

/** A relay between a host's and a listener's socket, all in memory. */
function setUp(options: Omit<RelayOptions, "upstream">, receiveErrors: Error[] = []) {
  const clock = new ManualClock(0);
  const net = new MemoryNet();
  let nextPort = 7000;
  const open = (port: number) =>
    new MemorySocket(net, { hostname: LOOPBACK, port }, () => clock.now());
  const machine: Machine = {
    clock,
    wallClock: new ManualWallClock(clock),
    rng: new SeededRng(1),
    ciphers: nodeCiphers,
    openSocket({ port }) {
      const socket = open(port === 0 ? nextPort++ : port);
      const errors = receiveErrors.slice();
      const { address } = socket;
      return {
        address,
        receive: () => errors.length > 0 ? Promise.reject(errors.shift()) : socket.receive(),
        sendMany: (datagram, to) => socket.sendMany(datagram, to),
        close: () => socket.close(),
      };
    },
  };
  const relay = openRelay(machine, { upstream: HOST, ...options });
  const host = open(HOST.port);
  const listener = open(LISTENER.port);
  /** Lets everything that is under way arrive, hop by hop. */
  const settle = async (millis = 0) => {
    await clock.advance(millis);
    for (let hop = 0; hop < 4; hop++) {
      net.deliver(clock.now());
      await clock.advance(0);
    }
  };
  return { relay, host, listener, settle };
}

function media(sequenceNumber: number): Uint8Array {
  const payload = Uint8Array.of(sequenceNumber);
  return serializeRtp({
    payloadType: 14,
    sequenceNumber,
    timestamp: 0,
    ssrc: 9,
    marker: false,
    payload,
  });
}

Deno.test("takes a listener's datagrams to the host, and the answer back", async () => {
  const { relay, host, listener, settle } = setUp({ towardsListener: () => ({}) });
  await sendOne(listener, Uint8Array.of(1, 2, 3), relay.address);
  await settle();
  const asked = (await host.receive())!;
  assert.deepEqual([...asked.datagram], [1, 2, 3]);
  assert.deepEqual(asked.from, relay.listeners[0]!.seenAs);
  await sendOne(host, Uint8Array.of(4), asked.from);
  await settle();
  const answered = (await listener.receive())!;
  assert.deepEqual([...answered.datagram], [4]);
  assert.deepEqual(answered.from, relay.address);
  await relay.close();
});

Deno.test("goes on after errors in place of datagrams, and counts them", async () => {
  const errors = [new Error("os error 10040"), new Error("os error 10040")];
  const { relay, host, listener, settle } = setUp({ towardsListener: () => ({}) }, errors);
  await sendOne(listener, Uint8Array.of(1), relay.address);
  await settle();
  const { from } = (await host.receive())!;
  await sendOne(host, Uint8Array.of(2), from);
  await settle();
  assert.deepEqual([...(await listener.receive())!.datagram], [2]);
  // Two at each of its sockets: the one in front, and the one towards the host.
  assert.equal(relay.receiveErrors, 4);
  await relay.close();
});

Deno.test("holds back for as long as the path says, counts what is lost, and knows when it is idle", async () => {
  const { relay, host, listener, settle } = setUp({
    towardsListener: () => ({ delayMillis: 30, loss: 0.5, seed: 4 }),
  });
  await sendOne(listener, Uint8Array.of(1), relay.address);
  await settle();
  const { from } = (await host.receive())!;
  for (let sequence = 0; sequence < 100; sequence++) await sendOne(host, media(sequence), from);
  await settle(29);
  assert.equal(relay.isIdle, false);
  await settle(31);
  assert.equal(relay.isIdle, true);
  const counts = relay.listeners[0]!.towardsListener.streams.get(9)!;
  assert.equal(counts.offered, 100);
  assert.ok(counts.lost > 30 && counts.lost < 70);
  for (let left = counts.forwarded; left > 0; left--) await listener.receive();
  listener.close();
  assert.equal(await listener.receive(), undefined);
  assert.equal(relay.refusedSends + relay.receiveErrors, 0);
  await relay.close();
});
