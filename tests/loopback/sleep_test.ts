import assert from "node:assert/strict";
import { brokenIdentity } from "../../scripts/network/agreement.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, hasJoined } from "./scenario.ts";

/** Both orders, since the socket and the overdue timer are ready at once. */
const ORDERS = [["its socket first", true], ["its clock first", false]] as const;

function states(listener: VirtualListener): string[] {
  return listener.said("connection").map(({ state }) => state);
}

function emitted(world: VirtualWorld, listener: VirtualListener): number {
  return world.channel(listener, "audio").jitterBufferEmittedCount;
}

for (const [order, readsFirst] of ORDERS) {
  Deno.test(`after 30 s of sleep a listener is back within a second, ${order}`, () => {
    const path = () => ({ delayMillis: 40 });
    const world = new VirtualWorld({ towardsListener: path, towardsHost: path });
    const host = world.startHost();
    const sleeper = world.addListener();
    const other = world.addListener();
    world.run(5000);
    world.suspend(sleeper);
    world.run(30_000);
    assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["silent"]);
    world.resume(sleeper, readsFirst);
    world.runUntil(() => sleeper.said("joined").length === 2, 1000, "joined again");
    const before = emitted(world, sleeper);
    world.run(2000);
    assert.ok(emitted(world, sleeper) > before + 50, "sound comes again");
    assert.deepEqual(states(sleeper), ["joining", "connected"], "nobody was told of a silence");
    world.finish();
    for (const listener of [sleeper, other]) {
      assert.equal(brokenIdentity(world.channel(listener, "audio")), undefined);
      assert.equal(world.channel(listener, "audio").packetsDuplicated, 0);
    }
    assertExact(world, other);
  });

  Deno.test(`after 10 s of sleep a listener continues the same session, ${order}`, () => {
    const world = new VirtualWorld();
    const host = world.startHost();
    const sleeper = world.addListener();
    world.run(5000);
    world.suspend(sleeper);
    world.run(10_000);
    world.resume(sleeper, readsFirst);
    world.run(10_000);
    assert.equal(sleeper.said("joined").length, 1);
    assert.deepEqual(states(sleeper), ["joining", "connected"]);
    assert.deepEqual(host.said("listener-left"), []);
    world.finish();
    assertExact(world, sleeper);
    assert.equal(world.channel(sleeper, "audio").networkLost, 0);
  });

  Deno.test(`a listener that wakes notices in the usual time that the host is gone, ${order}`, () => {
    const world = new VirtualWorld();
    world.startHost();
    const sleeper = world.addListener();
    world.run(5000);
    world.suspend(sleeper);
    world.run(20_000);
    world.killHost();
    world.run(10_000);
    world.resume(sleeper, readsFirst);
    world.run(3000);
    assert.equal(states(sleeper).at(-1), "silent");
    world.run(4000);
    assert.equal(states(sleeper).at(-1), "rejoining");
    world.run(70_000);
    assert.deepEqual(sleeper.said("ended").map(({ reason }) => reason), ["timeout"]);
  });

  Deno.test(`a listener that sleeps while it looks for the host continues to look when it wakes, ${order}`, () => {
    const world = new VirtualWorld();
    world.startHost();
    const sleeper = world.addListener();
    world.run(5000);
    world.killHost();
    world.run(10_000);
    assert.equal(states(sleeper).at(-1), "rejoining");
    world.suspend(sleeper);
    world.run(600_000);
    world.startHost();
    world.resume(sleeper, readsFirst);
    world.runUntil(() => sleeper.said("joined").length === 2, 3000, "joined again");
    world.finish();
    assert.equal(world.channel(sleeper, "audio").networkLost, 0);
  });

  Deno.test(`a host that slept 30 s removes no listener that waited for it, ${order}`, () => {
    const world = new VirtualWorld();
    const host = world.startHost();
    const listeners = [1, 2, 3].map(() => world.addListener());
    world.run(5000);
    world.suspendHost();
    world.run(30_000);
    world.resumeHost(readsFirst);
    world.run(3000);
    assert.deepEqual(host.said("listener-left"), []);
    for (const listener of listeners) {
      assert.equal(listener.said("joined").length, 1);
      assert.equal(states(listener).at(-1), "connected");
    }
    world.finish();
    for (const listener of listeners) assertExact(world, listener);
  });

  Deno.test(`a host that stood still removes no listener that had just joined, ${order}`, () => {
    for (const [capacity, newcomers] of [[100, 0], [4, 4]] as const) {
      const path = () => ({ delayMillis: 20 });
      const world = new VirtualWorld({ towardsListener: path, towardsHost: path });
      const host = world.startHost({ capacity });
      world.run(1000);
      const listeners = [1, 2, 3, 4].map(() => world.addListener());
      world.run(15);
      for (let index = 0; index < newcomers; index++) world.addListener();
      world.run(50);
      assert.equal(host.core.stats().listeners, 0, "none has reported yet");
      // The newcomers' JOINs are in the socket before the first reports of those who are in.
      world.suspendHost();
      world.run(10_000);
      assert.ok(listeners.every(hasJoined));
      world.resumeHost(readsFirst);
      world.run(3000);
      assert.deepEqual(host.said("listener-left"), []);
      assert.equal(host.core.stats().listeners, listeners.length);
      for (const listener of listeners) assert.equal(listener.said("joined").length, 1);
    }
  });
}

Deno.test("a host that stood still reads the first reports of new listeners before it judges them", () => {
  const path = () => ({ delayMillis: 40 });
  const world = new VirtualWorld({ towardsListener: path, towardsHost: path });
  const host = world.startHost();
  world.run(5000);
  const listener = world.addListener();
  world.runUntil(() => listener.said("joined").length === 1, 1000, "joined");
  assert.deepEqual(host.said("listener-joined"), [], "its report is still under way");
  world.suspendHost();
  world.run(4000);
  world.resumeHost(false);
  world.run(1000);
  assert.equal(host.said("listener-joined").length, 1);
  world.run(5000);
  assert.equal(listener.said("joined").length, 1, "it never had to ask again");
  world.finish();
  assertExact(world, listener);
});

Deno.test("a listener whose own clock stopped while its machine slept is back within two seconds", () => {
  const path = () => ({ delayMillis: 40 });
  const world = new VirtualWorld({ towardsListener: path, towardsHost: path });
  const host = world.startHost();
  const sleeper = world.addListener();
  world.run(5000);
  world.sleep(sleeper);
  world.run(30_000);
  assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["silent"]);
  world.wakeUp(sleeper);
  world.run(1000);
  assert.equal(sleeper.said("joined").length, 1, "its own clock alone tells nothing yet");
  world.tellWallTime(sleeper);
  world.runUntil(() => sleeper.said("joined").length === 2, 1000, "joined again");
  const before = emitted(world, sleeper);
  world.run(2000);
  assert.ok(emitted(world, sleeper) > before + 50, "sound comes again");
  assert.deepEqual(states(sleeper), ["joining", "connected"], "nobody was told of a silence");
  world.finish();
  assert.equal(brokenIdentity(world.channel(sleeper, "audio")), undefined);
});

Deno.test("setting the clock changes nothing for a listener that receives everything", () => {
  for (const step of [3_600_000, -3_600_000]) {
    const world = new VirtualWorld();
    const host = world.startHost();
    const listener = world.addListener();
    world.run(5000);
    world.tellWallTime(listener);
    listener.core.tellWallTime(world.now + step, world.now);
    world.run(5000);
    assert.equal(listener.said("joined").length, 1);
    assert.deepEqual(states(listener), ["joining", "connected"]);
    assert.deepEqual(host.said("listener-left"), []);
    world.finish();
    assertExact(world, listener);
  }
});
