import assert from "node:assert/strict";
import fc from "fast-check";
import { mp3Frame, mp3Frames } from "../fakes/mp3_frames.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, LOSSY, playedFrames, runWithEvents, SEQUENCE_STARTS } from "./scenario.ts";
import { lengthOf, runs, seedsOf } from "../runs.ts";

Deno.test("on a clean network every frame and event arrives, in order and bit for bit", () => {
  const world = new VirtualWorld({ towardsListener: () => ({ delayMillis: 20 }) });
  world.startHost({ waitFor: 1 }, mp3Frames(400));
  const listener = world.addListener();
  world.run(1000);
  runWithEvents(world, 10);
  world.finish();

  const frames = listener.said("audio").flatMap(({ frames }) => frames);
  assert.equal(frames.length, 400);
  frames.forEach((frame, index) => assert.deepEqual(frame.bytes, mp3Frame(index).bytes));
  const counts = listener.said("event").map(({ event }) => event.count);
  assert.deepEqual(counts, Array.from({ length: 50 }, (_, index) => index + 1));
  assertExact(world, listener);
  for (const ledger of world.ledger(listener).channels) {
    assert.ok(ledger.packetsExpected > 0);
    assert.equal(ledger.networkLost, 0);
    assert.equal(ledger.packetsDiscarded, 0);
    assert.ok(ledger.jitter < 0.000_05, `jitter ${ledger.jitter} of ${ledger.channel}`);
  }
  assert.deepEqual(world.ledger(listener).junk, {});
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["bye"]);
});

for (const sequenceStart of SEQUENCE_STARTS) {
  Deno.test(`ledgers equal what a lossy network did, from sequence ${sequenceStart}`, () => {
    const world = new VirtualWorld({ seed: 77 + sequenceStart, towardsListener: () => LOSSY });
    world.startHost({ sequenceStart, waitFor: 3 });
    const listeners = [1, 2, 3].map(() => world.addListener());
    world.run(1000);
    runWithEvents(world, 30);
    world.finish();
    for (const listener of listeners) {
      const { lost, duplicated, reordered } = sumOfStreams(world, listener);
      assert.ok(lost > 20 && duplicated > 5 && reordered > 5, "the network was too kind");
      assertExact(world, listener);
    }
  });
}

/** At most 38 packets per second: the longer number takes half an hour, in which the sequence numbers wrap twice. */
const PACKETS = lengthOf({ short: 6000, long: 66_500 });

Deno.test(`ledgers are exact after ${PACKETS} packets, whose sequence numbers wrap`, () => {
  const world = new VirtualWorld({ towardsListener: () => LOSSY });
  world.startHost({ sequenceStart: 65_000, waitFor: 1 });
  const listener = world.addListener();
  world.runUntil(
    () => sumOfStreams(world, listener).offered > PACKETS,
    7_200_000,
    `${PACKETS} packets`,
  );
  world.finish();
  assertExact(world, listener);
});

Deno.test("the ledger equals what the network did, for any network", () => {
  fc.assert(
    fc.property(
      fc.record({
        loss: fc.double({ min: 0, max: 0.6, noNaN: true }),
        duplicate: fc.double({ min: 0, max: 0.4, noNaN: true }),
        duplicateMillis: fc.integer({ min: 0, max: 90 }),
        reorder: fc.double({ min: 0, max: 0.4, noNaN: true }),
        reorderMillis: fc.integer({ min: 1, max: 400 }),
        delayMillis: fc.integer({ min: 0, max: 200 }),
        jitterMillis: fc.integer({ min: 0, max: 60 }),
      }),
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.constantFrom(...SEQUENCE_STARTS),
      (path, seed, sequenceStart) => {
        const world = new VirtualWorld({
          seed,
          towardsListener: () => ({ ...path, harms: "media" }),
        });
        world.startHost({ sequenceStart, waitFor: 1 });
        const listener = world.addListener();
        world.run(1000);
        runWithEvents(world, 6);
        world.finish();
        assertExact(world, listener);
      },
    ),
    runs(40),
  );
});

Deno.test("losses in bursts are counted exactly", () => {
  const burst = { toBad: 0.02, toGood: 0.1, lossInBad: 0.9 };
  const world = new VirtualWorld({ towardsListener: () => ({ burst, harms: "media" }) });
  world.startHost({ waitFor: 1 });
  const listener = world.addListener();
  world.run(1000);
  runWithEvents(world, 60);
  world.finish();
  assertExact(world, listener);
  const { networkLost, packetsRepaired } = world.channel(listener, "audio");
  assert.ok(networkLost > 80 && packetsRepaired.nack > 50, "the network was too kind");
});

for (const seed of seedsOf({ short: 1, long: 3 })) {
  Deno.test(`at 5 % loss both ways and 200 ms the sound equals the source bit for bit, seed ${seed}`, () => {
    const path = () => ({ loss: 0.05, delayMillis: 10, jitterMillis: 5 });
    const world = new VirtualWorld({ seed, towardsListener: path, towardsHost: path });
    const host = world.startHost({ waitFor: 1 }, mp3Frames(4000));
    const listener = world.addListener({ latency: 200 });
    world.runUntil(() => host.said("started").length > 0, 20_000, "the start");
    world.run(120_000);
    world.finish();
    const frames = listener.said("audio").flatMap(({ frames }) => frames);
    assert.equal(frames.length, 4000);
    frames.forEach((frame, index) => assert.deepEqual(frame.bytes, mp3Frame(index).bytes));
    const { networkLost, packetsRepaired, residualLost } = world.channel(listener, "audio");
    assert.ok(networkLost > 50, "the network was too kind");
    assert.deepEqual([packetsRepaired.nack, residualLost], [networkLost, 0]);
    assertExact(world, listener);
  });
}

Deno.test("played frames are sent frames, in order, whatever was lost", () => {
  const world = new VirtualWorld({ towardsListener: () => LOSSY });
  world.startHost({ waitFor: 1 });
  const listener = world.addListener();
  world.run(20_000);
  world.finish();
  const played = playedFrames(listener);
  assert.ok(played.length > 600);
  played.forEach((frame, index) => assert.ok(index === 0 || frame > played[index - 1]!));
});

Deno.test("the same seed gives the same run", () => {
  const ledgers = [1, 1, 2].map((seed) => {
    const world = new VirtualWorld({ seed, towardsListener: () => LOSSY });
    world.startHost();
    const listener = world.addListener();
    world.run(5000);
    return JSON.stringify(world.ledger(listener).channels);
  });
  assert.equal(ledgers[0], ledgers[1]);
  assert.notEqual(ledgers[0], ledgers[2]);
});

function sumOfStreams(world: VirtualWorld, listener: Parameters<typeof assertExact>[1]) {
  const sum = { offered: 0, lost: 0, duplicated: 0, reordered: 0 };
  for (const counts of world.towardsListener(listener).streams.values()) {
    sum.offered += counts.offered;
    sum.lost += counts.lost;
    sum.duplicated += counts.duplicated;
    sum.reordered += counts.reordered;
  }
  return sum;
}
