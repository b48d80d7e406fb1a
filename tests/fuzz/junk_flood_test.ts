import assert from "node:assert/strict";
import { SeededRng } from "../../shared/core/rng.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, runWithEvents } from "../loopback/scenario.ts";
import { junkDatagrams } from "./junk.ts";

const FLOOD = 100_000;
const STRANGER: Address = { hostname: "10.6.6.6", port: 666 };

/** A world with sound, events and two listeners, and real datagrams of both directions. */
function liveWorld() {
  const world = new VirtualWorld();
  world.startHost({ waitFor: 2, access: { kind: "tokens", tokens: ["right"] } });
  const listeners = [1, 2].map(() => world.addListener({ token: "right" }));
  const towardsListener: Uint8Array[] = [];
  const towardsHost: Uint8Array[] = [];
  world.net.watch((datagram, from) => {
    (from.port === HOST.port ? towardsListener : towardsHost).push(datagram.slice());
  });
  world.run(500);
  runWithEvents(world, 6);
  return { world, listeners, towardsListener, towardsHost };
}

/** Passes `FLOOD` junk datagrams to `receive`, while virtual time goes on. */
function flood(
  world: VirtualWorld,
  real: readonly Uint8Array[],
  seed: number,
  receive: (datagram: Uint8Array) => void,
): void {
  const source = junkDatagrams(new SeededRng(seed), real);
  for (let index = 0; index < FLOOD; index++) {
    receive(source.next().value!);
    // 20 000 per second: the broadcast goes on for five seconds meanwhile.
    if (index % 200 === 199) world.run(10);
  }
}

function total(junk: Readonly<Record<string, number>>): number {
  return Object.values(junk).reduce((sum, count) => sum + count, 0);
}

Deno.test("100 000 junk datagrams to the host are all counted, and no listener is affected", () => {
  const { world, listeners, towardsHost, towardsListener } = liveWorld();
  let answered = 0;
  let bytesAnswered = 0;
  let bytesPoured = 0;
  world.net.attach(STRANGER, (datagram) => {
    answered++;
    bytesAnswered += datagram.length;
  });
  flood(world, [...towardsHost, ...towardsListener], 11, (datagram) => {
    bytesPoured += datagram.length;
    world.tell(({ core }) => core.receive(datagram, STRANGER, world.now));
  });
  world.run(2000);
  const host = world.host!;
  const { junk } = host.said("stats").at(-1)!;
  assert.equal(total(junk as Record<string, number>) + answered, FLOOD);
  assert.ok(bytesAnswered < bytesPoured / 10, `${bytesAnswered} bytes answered`);
  assert.deepEqual(host.said("listener-joined").length, 2);
  assert.deepEqual(host.said("listener-left"), []);
  world.finish();
  for (const listener of listeners) assertUntouched(world, listener);
});

Deno.test("100 000 junk datagrams of strangers to a listener are all counted, and its ledger does not change", () => {
  const { world, listeners, towardsListener } = liveWorld();
  const victim = listeners[0]!;
  flood(world, towardsListener, 12, (datagram) => {
    victim.core.receive(datagram, STRANGER, world.now);
  });
  world.finish();
  assert.equal(total(world.ledger(victim).junk), FLOOD);
  for (const listener of listeners) assertUntouched(world, listener);
});

Deno.test("100 000 junk datagrams from the host's address change no ledger", () => {
  const { world, listeners, towardsListener } = liveWorld();
  const victim = listeners[0]!;
  // Answers to a handshake that is over are ignored.
  const sealed = towardsListener.filter((datagram) => datagram[0]! >= 128);
  const real = new Set(sealed.map((datagram) => datagram.toHex()));
  let copies = 0;
  flood(world, sealed, 13, (datagram) => {
    // A mutation may give the original again, which the ledger counts as a duplicate.
    if (real.has(datagram.toHex())) copies++;
    else victim.core.receive(datagram, HOST, world.now);
  });
  world.finish();
  assert.equal(total(world.ledger(victim).junk), FLOOD - copies);
  for (const listener of listeners) assertUntouched(world, listener);
});

Deno.test("junk without listeners, or while a listener joins, is only counted", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const source = junkDatagrams(new SeededRng(14), [new Uint8Array(1200).fill(64)]);
  const pour = (count: number) => {
    for (let index = 0; index < count; index++) {
      world.tell(({ core }) => core.receive(source.next().value!, STRANGER, world.now));
    }
  };
  pour(2000);
  const listener = world.addListener();
  for (let step = 0; step < 100; step++) {
    pour(20);
    world.run(10);
  }
  assert.equal(listener.said("joined").length, 1);
  assert.equal(host.said("listener-joined").length, 1);
  world.finish();
  assertUntouched(world, listener);
});

function assertUntouched(world: VirtualWorld, listener: VirtualListener): void {
  assertExact(world, listener);
  for (
    const { networkLost, packetsDuplicated, packetsReordered } of world.ledger(listener).channels
  ) {
    assert.deepEqual([networkLost, packetsDuplicated, packetsReordered], [0, 0, 0]);
  }
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["bye"]);
}
