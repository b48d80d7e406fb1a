import assert from "node:assert/strict";
import { addressKey } from "../../shared/driver/socket.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { lengthOf, seedsOf } from "../runs.ts";
import { assertNothingMissed, assertStillHeard } from "./key_changes.ts";
import { assertExact, hasJoined } from "./scenario.ts";
import { epochsOf, isMedia, tap } from "./wiretap.ts";

const CHANGES = lengthOf({ short: 1, long: 2 });

Deno.test("keys change every ten minutes, and no listener misses a packet because of it", () => {
  assertNothingMissed({ listeners: 1, changes: CHANGES });
});

Deno.test("keys on a network that loses a third: waiting packets are opened, and counts are exact", () => {
  assertStillHeard({ listeners: 1, changes: CHANGES });
});

Deno.test("a listener that left can't open later packets", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const stays = world.addListener();
  const leaves = world.addListener();
  world.run(3000);
  // It keeps its keys, and captures what the other listener is sent.
  const known = epochsOf(host);
  world.leave(leaves);
  const sent = tap(world);
  world.run(2500);
  const after = sent.filter(({ to }) => to === addressKey(stays.address)).slice(-20);
  const media = after.filter(isMedia);
  assert.ok(media.length > 10);
  const { nextSequence } = stays.said("joined")[0]!.info.channels[0]!;
  for (const { datagram } of media) {
    const low = new DataView(datagram.buffer).getUint16(2);
    const index = nextSequence + ((low - nextSequence) & 0xffff);
    for (const epoch of known) assert.equal(epoch.rtp.unprotect(datagram, index), undefined);
    const current = host.epochs.get(2)!;
    assert.ok(current.rtp.unprotect(datagram, index), "the new key opens it");
  }
  world.finish();
  assertExact(world, stays);
});

Deno.test("after an outage the session and its ledger continue with new keys", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  world.run(5000);
  world.towardsListener(listener).isCut = true;
  world.run(9000);
  world.towardsListener(listener).isCut = false;
  world.run(60_000);
  world.finish();
  assert.equal(listener.said("joined").length, 1);
  assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["shutdown"]);
  assertExact(world, listener);
});

for (const seed of seedsOf({ short: 2, long: 6 })) {
  Deno.test(`new keys on a lossy network end no session, seed ${seed}`, () => {
    const loss = () => ({ loss: 0.3, delayMillis: 30 });
    const world = new VirtualWorld({ seed, towardsListener: loss, towardsHost: loss });
    const host = world.startHost();
    const listener = world.addListener();
    world.runUntil(() => hasJoined(listener), 8000, "the join");
    for (let outage = 0; outage < 5; outage++) {
      world.run(20_000);
      world.towardsListener(listener).isCut = true;
      world.run(5000 + 700 * outage);
      world.towardsListener(listener).isCut = false;
    }
    world.run(60_000);
    assert.deepEqual(host.said("listener-left"), []);
    assert.equal(listener.hasEnded, false);
  });
}

Deno.test("a restarted host has other keys, and its listeners still find it", () => {
  const world = new VirtualWorld();
  const first = world.startHost();
  const listener = world.addListener();
  world.run(5000);
  world.killHost();
  world.run(7000);
  const second = world.startHost();
  world.run(15_000);
  assert.notDeepEqual(first.hostKey, second.hostKey);
  assert.deepEqual(listener.said("joined").map(({ again }) => again), [false, true]);
  world.finish();
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["bye"]);
});
