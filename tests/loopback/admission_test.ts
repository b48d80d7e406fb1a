import assert from "node:assert/strict";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, hasJoined, LOSSY, playedFrames, runWithEvents } from "./scenario.ts";

Deno.test("--wait-for starts the broadcast when that many listeners have joined", () => {
  const world = new VirtualWorld();
  const host = world.startHost({ waitFor: 2 });
  const first = world.addListener();
  world.run(3000);
  assert.equal(hasJoined(first), true);
  assert.equal(host.said("started").length, 0);
  assert.deepEqual(playedFrames(first), []);

  const second = world.addListener();
  world.run(3000);
  assert.equal(host.said("started").length, 1);
  world.finish();
  for (const listener of [first, second]) {
    assert.equal(playedFrames(listener)[0], 0);
    assertExact(world, listener);
  }
});

Deno.test("a late joiner starts with the current sound and gets the whole timeline", () => {
  const world = new VirtualWorld();
  world.startHost();
  const early = world.addListener();
  runWithEvents(world, 20);
  const late = world.addListener();
  world.run(100);
  runWithEvents(world, 10);
  world.finish();
  const [whole, part] = [early, late].map((listener) => world.channel(listener, "audio"));
  assert.ok(part!.packetsExpected < whole!.packetsExpected / 2);
  const { info } = late.said("joined")[0]!;
  assert.equal(info.timeline.count, 100);
  const counts = late.said("event").map(({ event }) => event.count);
  assert.deepEqual(counts, Array.from({ length: 150 }, (_, index) => index + 1));
  const events = world.channel(late, "events");
  assert.equal(events.packetsExpected, 50, "what was before is fetched, but it was not lost");
  assert.equal(events.retransmittedPacketsReceived, 100 - 64, "the first 64 come in a block");
  assert.deepEqual([events.packetsRepaired.nack, events.residualLost], [0, 0]);
  assertExact(world, early);
  assertExact(world, late);
});

Deno.test("one listener more than the capacity is rejected with 1402, and no other is affected", () => {
  const world = new VirtualWorld();
  const host = world.startHost({ capacity: 3 });
  const welcome = [1, 2, 3].map(() => world.addListener());
  world.run(1000);
  const fourth = world.addListener();
  world.run(2000);
  assert.deepEqual(fourth.said("ended").map(({ reason, code }) => [reason, code]), [[
    "rejected",
    1402,
  ]]);
  assert.deepEqual(host.said("rejected").map(({ code }) => code), [1402]);
  assert.ok(welcome.every(hasJoined));

  world.leave(welcome[0]!);
  world.run(1000);
  const fifth = world.addListener();
  world.run(1000);
  assert.equal(hasJoined(fifth), true);
});

Deno.test("a wrong or missing token is rejected with 1401, and the right one is accepted", () => {
  const world = new VirtualWorld();
  world.startHost({ access: { kind: "tokens", tokens: ["first-token", "second-token"] } });
  const [wrong, none, right, other] = [
    world.addListener({ token: "third-token" }),
    world.addListener(),
    world.addListener({ token: "first-token" }),
    world.addListener({ token: "second-token" }),
  ];
  world.run(3000);
  for (const listener of [wrong, none]) {
    assert.deepEqual(listener!.said("ended").map(({ code }) => code), [1401]);
    assert.equal(world.towardsListener(listener!).streams.size, 0);
  }
  assert.ok(hasJoined(right!) && hasJoined(other!));
});

Deno.test("without an answer, joining ends with a timeout within ten seconds", () => {
  const world = new VirtualWorld();
  const listener = world.addListener();
  world.run(10_000);
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["timeout"]);
});

for (let seed = 1; seed <= 12; seed++) {
  Deno.test(`a handshake through 25 % loss admits the listener once, seed ${seed}`, () => {
    const loss = () => ({ loss: 0.25, delayMillis: 30 });
    const world = new VirtualWorld({ seed, towardsListener: loss, towardsHost: loss });
    const host = world.startHost();
    const listener = world.addListener();
    world.runUntil(() => hasJoined(listener), 8000, "the join");
    world.run(10_000);
    assert.deepEqual(host.said("listener-joined").map(({ listeners }) => listeners), [1]);
    world.tell(({ core }) => core.shutdown("test over", world.now));
    world.run(70_000);
    assert.equal(listener.hasEnded, true);
  });
}

for (let seed = 1; seed <= 6; seed++) {
  Deno.test(`a handshake with duplicated and reordered datagrams admits the listener once, seed ${seed}`, () => {
    const path = () => ({
      duplicate: 0.6,
      duplicateMillis: 90,
      reorder: 0.3,
      reorderMillis: 120,
      delayMillis: 10,
    });
    const world = new VirtualWorld({ seed, towardsListener: path, towardsHost: path });
    const host = world.startHost();
    const listener = world.addListener();
    runWithEvents(world, 10);
    world.finish();
    assert.equal(listener.said("joined").length, 1);
    assert.deepEqual(host.said("listener-joined").map(({ listeners }) => listeners), [1]);
    assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["shutdown"]);
    assertExact(world, listener);
  });
}

for (const sequenceStart of [65_000, 65_400, 65_535]) {
  Deno.test(`a late joiner counts from its own first packet, with numbers from ${sequenceStart}`, () => {
    const world = new VirtualWorld({ towardsListener: () => LOSSY });
    world.startHost({ sequenceStart });
    runWithEvents(world, 12);
    const late = world.addListener();
    world.run(100);
    runWithEvents(world, 12);
    world.finish();
    assertExact(world, late);
    const { nextSequence, sequenceBase } = late.said("joined")[0]!.info.channels[0]!;
    assert.equal(sequenceBase, sequenceStart);
    assert.ok(nextSequence > sequenceStart + 400, "an extended number, wrap or no wrap");
  });
}

Deno.test("before a JOIN is verified, the host never sends more bytes than it received", () => {
  const world = new VirtualWorld();
  world.startHost({ access: { kind: "tokens", tokens: ["right"] } });
  const strangers = Array.from({ length: 20 }, () => world.addListener({ token: "wrong" }));
  world.run(5000);
  for (const stranger of strangers) {
    const got = world.towardsHost(stranger).others.bytesForwarded;
    const sent = world.towardsListener(stranger).others.bytesForwarded;
    assert.ok(sent < got, `${sent} bytes for ${got}`);
    assert.equal(world.towardsListener(stranger).streams.size, 0);
  }
});
