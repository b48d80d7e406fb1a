import assert from "node:assert/strict";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { brokenIdentity } from "../../scripts/network/agreement.ts";
import { assertExact, hasJoined, LOSSY, runWithEvents } from "./scenario.ts";

Deno.test("a killed host is noticed within 3 s, and joined again when it is back", () => {
  const world = new VirtualWorld();
  world.startHost();
  const listeners = [1, 2, 3].map(() => world.addListener());
  world.run(10_000);
  world.killHost();
  world.run(3000);
  for (const listener of listeners) {
    assert.equal(listener.said("connection").at(-1)?.state, "silent");
  }
  world.run(9000);
  for (const listener of listeners) {
    assert.equal(listener.said("connection").at(-1)?.state, "rejoining");
  }
  const before = listeners.map((listener) => world.channel(listener, "audio"));

  const host = world.startHost();
  world.runUntil(
    () => listeners.every((listener) => listener.said("joined").length === 2),
    20_000,
    "everyone back",
  );
  world.run(10_000);
  world.finish();
  assert.equal(host.said("listener-joined").length, 3);
  listeners.forEach((listener, index) => {
    assert.deepEqual(listener.said("joined").map(({ again }) => again), [false, true]);
    const ledger = world.channel(listener, "audio");
    assert.ok(ledger.packetsExpected > before[index]!.packetsExpected + 200);
    assert.equal(ledger.networkLost, 0);
    assert.equal(ledger.packetsDuplicated, 0);
    assert.equal(brokenIdentity(ledger), undefined);
  });
});

Deno.test("a listener gives up after a minute without the host", () => {
  const world = new VirtualWorld();
  world.startHost();
  const listener = world.addListener();
  world.run(5000);
  world.killHost();
  world.run(55_000);
  assert.equal(listener.hasEnded, false);
  world.run(15_000);
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["timeout"]);
});

Deno.test("joining a restarted host with another token ends with 1401", () => {
  const world = new VirtualWorld();
  world.startHost({ access: { kind: "tokens", tokens: ["old"] } });
  const listener = world.addListener({ token: "old" });
  world.run(5000);
  world.killHost();
  world.run(6000);
  world.startHost({ access: { kind: "tokens", tokens: ["new"] } });
  world.run(20_000);
  assert.deepEqual(listener.said("ended").map(({ code }) => code), [1401]);
});

Deno.test("a silent listener is removed after 20 s, and its place is free", () => {
  const world = new VirtualWorld();
  const host = world.startHost({ capacity: 1 });
  const first = world.addListener();
  world.run(3000);
  world.killListener(first);
  world.run(15_000);
  assert.deepEqual(host.said("listener-left"), []);
  world.run(11_000);
  assert.deepEqual(
    host.said("listener-left").map(({ reason, listeners }) => [reason, listeners]),
    [["silent", 0]],
  );
  const second = world.addListener();
  world.run(2000);
  assert.equal(hasJoined(second), true);
});

Deno.test("a listener that says goodbye is removed at once", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  world.run(3000);
  world.leave(listener);
  world.run(1000);
  assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["bye"]);
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["interrupted"]);
  const sent = world.towardsListener(listener).others.offered;
  world.run(30_000);
  assert.equal(world.towardsListener(listener).others.offered, sent, "still sent to");
});

for (let seed = 1; seed <= 8; seed++) {
  Deno.test(`through 50 % loss of goodbyes every listener still ends, seed ${seed}`, () => {
    const half = () => ({ loss: 0.5, delayMillis: 10 });
    const world = new VirtualWorld({ seed, towardsListener: half, towardsHost: half });
    const host = world.startHost();
    const leaver = world.addListener();
    const stayer = world.addListener();
    world.run(12_000);
    world.leave(leaver);
    world.run(30_000);
    assert.equal(leaver.hasEnded, true);
    const gone = host.said("listener-left").filter(({ listeners }) => listeners >= 0);
    assert.ok(gone.length <= host.said("listener-joined").length);
    world.tell(({ core }) => core.shutdown("test over", world.now));
    world.run(80_000);
    assert.equal(stayer.hasEnded, true);
    assert.equal(host.core.isFinished, true);
  });
}

Deno.test("an outage shorter than 5 s costs packets, not the session", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  world.run(5000);
  world.towardsListener(listener).isCut = true;
  world.run(4000);
  world.towardsListener(listener).isCut = false;
  world.run(5000);
  world.finish();
  assert.equal(listener.said("joined").length, 1);
  assert.equal(host.said("listener-left").filter(({ reason }) => reason !== "shutdown").length, 0);
  assert.ok(world.channel(listener, "audio").networkLost > 100);
  assertExact(world, listener);
});

Deno.test("counts stay exact when the host ends right after its last packet", () => {
  const world = new VirtualWorld({ towardsListener: () => ({ ...LOSSY, loss: 0.5 }) });
  world.startHost({ waitFor: 1 });
  const listener = world.addListener();
  world.run(1000);
  runWithEvents(world, 3);
  world.finish();
  assertExact(world, listener);
});
