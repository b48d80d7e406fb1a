import assert from "node:assert/strict";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { HostOptions, VirtualHost } from "../fakes/virtual_host.ts";
import type { SplitHost } from "../fakes/split_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, foul, LOSSY, playedFrames } from "./scenario.ts";

/** Two machines beside that of the origin: near and far, one with a clock that is 7 s ahead. */
const EDGES = [{ linkMillis: 2, clockAhead: 0 }, { linkMillis: 40, clockAhead: 7000 }];

function splitOf(host: VirtualHost): SplitHost {
  return host.core as unknown as SplitHost;
}

/** A world whose host is split; listeners of odd index reach the second edge. */
function open(options: HostOptions = {}, path = LOSSY) {
  const world = new VirtualWorld({ towardsListener: () => path, towardsHost: () => path });
  const host = world.startHost({ edges: EDGES, ...options });
  const split = splitOf(host);
  const join = () => {
    const index = world.listeners.length;
    split.route({ hostname: `10.0.1.${index}`, port: 40_000 + index }, index % 2);
    return world.addListener();
  };
  return { world, host, split, join };
}

function contents(listener: VirtualListener): string[] {
  return listener.said("event").map(({ event }) => event.content);
}

/**
 * Packets that were sent while no edge had a session of the listener count as lost, though its path never
 * carried them. So the ledger may expect more than the path was offered, and has received exactly what came.
 */
function assertAddsUp(world: VirtualWorld, listener: VirtualListener): void {
  const streams = world.towardsListener(listener).streams;
  for (const ledger of world.ledger(listener).channels) {
    const { packetsExpected, networkLost, packetsDuplicated } = ledger;
    const { offered, lost, duplicated } = streams.get(ledger.ssrc)!;
    assert.equal(packetsExpected - networkLost, offered - lost, ledger.channel);
    assert.equal(packetsDuplicated, duplicated, ledger.channel);
    assert.ok(packetsExpected >= offered, ledger.channel);
  }
}

function frames(listener: VirtualListener): Set<number> {
  return new Set(playedFrames(listener));
}

Deno.test("listeners of two edges hear the same, and every ledger is exact", () => {
  const { world, host, join } = open({ waitFor: 4 });
  const listeners = [join(), join(), join(), join()];
  world.runUntil(() => host.said("started").length > 0, 20_000, "the start");
  for (let minute = 1; minute <= 20; minute++) {
    world.sendEvent(foul(minute));
    world.run(1000);
  }
  world.finish();
  for (const listener of listeners) {
    assertExact(world, listener);
    assert.deepEqual(contents(listener), Array.from({ length: 20 }, (_, i) => foul(i + 1).content));
  }
  const [one, other] = [frames(listeners[0]!), frames(listeners[1]!)];
  const both = [...one].filter((frame) => other.has(frame)).length;
  assert.ok(both > 0.99 * Math.max(one.size, other.size), `${both} of ${one.size}, ${other.size}`);
});

Deno.test("an edge that is restarted goes on: its listeners come back, and their ledgers add up", () => {
  const { world, host, split, join } = open();
  const listeners = [join(), join()];
  world.run(5000);
  for (let minute = 1; minute <= 5; minute++) world.sendEvent(foul(minute));
  world.run(3000);
  split.startEdge(1, world.now);
  for (let minute = 6; minute <= 9; minute++) world.sendEvent(foul(minute));
  world.run(20_000);
  assert.equal(host.said("ended").length, 0);
  const before = world.channel(listeners[1]!, "audio").packetsReceived;
  world.run(1000);
  assert.ok(world.channel(listeners[1]!, "audio").packetsReceived > before, "hears again");
  world.finish();
  assertExact(world, listeners[0]!);
  for (const listener of listeners) {
    assertAddsUp(world, listener);
    assert.deepEqual(contents(listener), Array.from({ length: 9 }, (_, i) => foul(i + 1).content));
  }
});

Deno.test("a listener that moves from one edge to the other keeps its ledger, and is repaired there", () => {
  const { world, split, join } = open();
  const [stays, moves] = [join(), join()];
  world.run(5000);
  for (let minute = 1; minute <= 5; minute++) world.sendEvent(foul(minute));
  world.run(3000);
  split.route(moves!.address, 0);
  for (let minute = 6; minute <= 9; minute++) world.sendEvent(foul(minute));
  world.run(20_000);
  const { packetsRepaired } = world.channel(moves!, "audio");
  world.run(10_000);
  const later = world.channel(moves!, "audio").packetsRepaired;
  assert.ok(later.nack > packetsRepaired.nack, "repaired by the second edge");
  world.finish();
  assertExact(world, stays!);
  for (const listener of [stays!, moves!]) {
    assertAddsUp(world, listener);
    assert.deepEqual(contents(listener), Array.from({ length: 9 }, (_, i) => foul(i + 1).content));
  }
});

Deno.test("no key is used twice with a nonce, whatever edge seals, through a restart and key changes", () => {
  const seen = new Set<string>();
  let twice = 0;
  const ciphers: Ciphers = {
    ...bound(nodeCiphers),
    seal(key, nonce, plaintext, associated) {
      const use = `${key.toHex()} ${nonce.toHex()}`;
      if (seen.has(use)) twice++;
      seen.add(use);
      return nodeCiphers.seal(key, nonce, plaintext, associated);
    },
  };
  const { world, split, join } = open({ ciphers });
  const listeners = [join(), join(), join(), join()];
  world.run(5000);
  world.leave(listeners[2]!);
  world.run(5000);
  split.startEdge(1, world.now);
  world.run(20_000);
  world.sendEvent(foul(1));
  world.finish();
  assert.ok(seen.size > 1000);
  assert.equal(twice, 0);
});

Deno.test("the broadcast starts when enough listeners have joined at all edges together", () => {
  const { world, host, join } = open({ waitFor: 3 }, {});
  join();
  join();
  world.run(5000);
  assert.equal(host.said("started").length, 0);
  join();
  world.run(1000);
  assert.equal(host.said("started").length, 1);
});

Deno.test("a cookie of one edge is good at the other, so that a JOIN may reach another one than its HELLO", () => {
  const { world, split, join } = open({}, { delayMillis: 20 });
  let hellos = 0;
  world.net.watch((datagram, from) => {
    if (from.hostname.startsWith("10.0.1") && datagram[0] === 64) hellos++;
  });
  const listener = join();
  world.run(50);
  split.route(listener.address, 1);
  world.run(500);
  assert.equal(listener.said("joined").length, 1);
  assert.deepEqual(split.edges.map((edge) => edge.stats().listeners), [0, 1]);
  assert.equal(hellos, 1);
});

Deno.test("the origin puts a listener out, at whichever edge it is, and no other", () => {
  const { world, host, split, join } = open({}, { delayMillis: 20 });
  const [stays, goes] = [join(), join()];
  world.run(2000);
  const id = goes!.said("joined")[0]!.connectionId;
  world.tell(() => {
    split.origin.putOut(id, 1403, "the host has put you out");
    split.advance(world.now);
  });
  world.run(2000);
  const [rejected] = goes!.said("rejected");
  assert.deepEqual([rejected?.code, rejected?.reason], [1403, "the host has put you out"]);
  assert.equal(stays!.hasEnded, false);
  assert.deepEqual(host.said("listener-left").map((left) => left.id), [id]);
});

Deno.test("reports are as rare as the listeners of all edges together require", () => {
  const rate = (elsewhere: number) => {
    const others = {
      cookieKey: new Uint8Array(32),
      listeners: () => elsewhere,
      seatsTaken: () => 0,
    };
    const { world, join } = open({ others }, {});
    const listener = join();
    world.run(1000);
    return listener.said("joined")[0]!.info.keepaliveMillis;
  };
  assert.equal(rate(0), 5000);
  assert.ok(rate(10_000) > 20_000);
});

function bound(ciphers: Ciphers): Ciphers {
  return {
    seal: (...all) => ciphers.seal(...all),
    open: (...all) => ciphers.open(...all),
    encryptBlocks: (...all) => ciphers.encryptBlocks(...all),
    hmacSha256: (...all) => ciphers.hmacSha256(...all),
    sha256: (...all) => ciphers.sha256(...all),
    openKeyAgreement: (...all) => ciphers.openKeyAgreement(...all),
    signingKeyOf: (...all) => ciphers.signingKeyOf(...all),
    sign: (...all) => ciphers.sign(...all),
    verify: (...all) => ciphers.verify(...all),
  };
}
