import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { DataScene, USUAL } from "./data_scene.ts";
import { bursts, percentile } from "./repair_cell.ts";
import { assertExact } from "./scenario.ts";

const ONE_A_SECOND = { rate: 1, pictureEvery: 1, pictureBytes: 120_000 };

function open(path: NetemOptions, seed = 1, shape = USUAL): DataScene {
  const world = { seed, towardsListener: () => path, towardsHost: () => path };
  return new DataScene(shape, world, { waitFor: 1 });
}

/** What must hold of every run: the ledger is exact, and its counts of messages are those that were given out. */
function finish(scene: DataScene, listener: VirtualListener): void {
  scene.finish();
  assertExact(scene.world, listener);
  const { messagesReceived, messagesDropped } = scene.world.channel(listener, "data");
  const given = scene.givenBy(listener);
  const missed = given.at(-1)!.count - given[0]!.count + 1 - given.length;
  assert.ok(messagesReceived! >= given.length);
  assert.equal(messagesDropped, missed);
}

for (const latency of [200, "normal", "low"] as const) {
  for (const seed of [1, 2]) {
    Deno.test(`through 2 % loss all messages come, in order and on time: latency ${latency}, seed ${seed}`, () => {
      const scene = open({ loss: 0.02, delayMillis: 10, jitterMillis: 5 }, seed);
      const listener = scene.addListener({ latency });
      scene.start();
      scene.run(6000);
      finish(scene, listener);
      const given = scene.givenBy(listener);
      const ages = scene.ages(listener);
      assert.ok(scene.world.channel(listener, "data").networkLost > 30);
      assert.ok(given.length >= 0.999 * 6 * USUAL.rate);
      // Adaptive latencies count from the fastest packet.
      const most = { 200: 200, normal: 210, low: 120 }[latency];
      // The host's clock is known but for half of what the two ways differ.
      assert.ok(percentile(ages, 0.5) <= most + 5, `${percentile(ages, 0.5)} ms`);
      assert.ok(Math.max(...ages) <= most + 50, `${Math.max(...ages)} ms`);
      const { messagesDropped, residualLost } = scene.world.channel(listener, "data");
      assert.deepEqual([messagesDropped, residualLost], [0, 0]);
      assert.deepEqual(scene.world.ledger(listener).junk, {});
      const sound = scene.world.channel(listener, "audio");
      assert.ok(sound.packetsExpected > 220);
      // The shortest latency leaves little time to repair sound, with and without data beside it.
      assert.ok(sound.residualLost <= (latency === "low" ? 2 : 0), `${sound.residualLost}`);
    });
  }
}

Deno.test("packets that are reordered, copied and lost in bursts change no message", () => {
  const harms = [
    { loss: 0.03, duplicate: 0.05, duplicateMillis: 4, reorder: 0.05, reorderMillis: 30 },
    { burst: bursts(0.05, 10) },
  ];
  for (const harm of harms) {
    const scene = open({ ...harm, delayMillis: 20, jitterMillis: 8 }, 3);
    const listener = scene.addListener({ latency: 300 });
    scene.start();
    scene.run(6000);
    finish(scene, listener);
    const { messagesDropped, residualLost } = scene.world.channel(listener, "data");
    assert.deepEqual([messagesDropped, residualLost], [0, 0]);
    assert.ok(scene.givenBy(listener).length >= 6 * USUAL.rate);
    assert.ok(Math.max(...scene.ages(listener)) <= 350);
  }
});

for (const latency of [200, "normal"] as const) {
  Deno.test(`after an outage the newest messages come at once, and on time again soon: latency ${latency}`, () => {
    const scene = open({ loss: 0.01, delayMillis: 20, jitterMillis: 5 }, 3);
    const listener = scene.addListener({ latency });
    scene.start();
    scene.run(2000);
    scene.world.towardsListener(listener).isCut = true;
    scene.run(3000);
    scene.world.towardsListener(listener).isCut = false;
    const backAt = scene.world.now;
    scene.run(3000);
    const after = scene.givenBy(listener).filter(({ at }) => at > backAt);
    assert.ok(after[0]!.at < backAt + 100, "what is missing and still kept comes late, but comes");
    const onTime = after.find(({ index, at }) => at - scene.pushedAt[index]! < 260)!;
    assert.ok(onTime.at < backAt + 300, `${onTime.at - backAt} ms`);
    const since = after.slice(after.indexOf(onTime)).map(({ index, at }) =>
      at - scene.pushedAt[index]!
    );
    assert.ok(since.length > 130 && Math.max(...since) < 300);
    const { networkLost, residualLost, jitterBufferTargetDelay, messagesDropped } = scene.world
      .channel(listener, "data");
    assert.ok(messagesDropped! > 100 && residualLost > 1000 && residualLost < networkLost);
    assert.ok(jitterBufferTargetDelay < 0.35, "no latency would have helped");
    finish(scene, listener);
  });
}

Deno.test("what is dropped is requested no more", () => {
  const scene = open({ delayMillis: 20 }, 3);
  const listener = scene.addListener({ latency: 200 });
  scene.start();
  scene.run(1000);
  scene.world.towardsListener(listener).isCut = true;
  scene.run(1000);
  scene.world.towardsListener(listener).isCut = false;
  scene.run(500);
  const { nackCount, residualLost } = scene.world.channel(listener, "data");
  assert.ok(residualLost > 300);
  scene.run(2000);
  const later = scene.world.channel(listener, "data");
  assert.deepEqual([later.nackCount, later.residualLost], [nackCount, residualLost]);
  finish(scene, listener);
});

Deno.test("late joiners get the last message, which is outside the ledger", () => {
  const path = { loss: 0.02, delayMillis: 20, jitterMillis: 5 };
  for (const shape of [ONE_A_SECOND, USUAL]) {
    const scene = open(path, 3, shape);
    scene.addListener();
    scene.start();
    scene.run(3000);
    for (let index = 0; index < 4; index++) {
      const since = scene.world.now;
      const listener = scene.addListener({ latency: index % 2 === 0 ? 200 : "normal" });
      scene.run(600);
      const [first] = scene.givenBy(listener);
      assert.ok(first && first.at - since < 600);
      // A message that is sent while the listener joins is the last one.
      if (shape === ONE_A_SECOND && index < 3) assert.ok(scene.pushedAt[first.index]! < since);
      scene.run(400);
      // A packet that was lost right now is still to be repaired.
      assert.equal(scene.world.channel(listener, "data").messagesDropped, 0);
    }
    scene.finish();
    for (const listener of scene.world.listeners) assertExact(scene.world, listener);
  }
});

Deno.test("listeners with paths of 5 and 80 ms and clocks 3 s off get the same messages at the same moment", () => {
  const [oneWay, ahead] = [[5, 80, 20], [-3000, 3000, 0]];
  const path = (index: number) => ({ delayMillis: oneWay[index]!, jitterMillis: 3, loss: 0.01 });
  const scene = new DataScene(USUAL, {
    seed: 11,
    towardsListener: path,
    towardsHost: path,
    clockAhead: (index) => ahead[index]!,
  }, { waitFor: 3 });
  const listeners = oneWay.map(() => scene.addListener({ latency: 400 }));
  scene.start();
  scene.run(5000);
  const given = listeners.map((listener) =>
    new Map(scene.givenBy(listener).map(({ count, at }) => [count, at]))
  );
  // The run may end between one and the other.
  const common = Math.min(...given.map(({ size }) => size));
  assert.ok(common > 4 * USUAL.rate);
  const [counts, ...others] = given.map((at) => [...at.keys()].slice(0, common));
  for (const other of others) assert.deepEqual(other, counts);
  const apart = counts!.map((count) => {
    const times = given.map((at) => at.get(count)!);
    return Math.max(...times) - Math.min(...times);
  });
  assert.ok(percentile(apart, 0.99) <= 15, `${percentile(apart, 0.99)} ms apart`);
  for (const listener of listeners) assert.ok(Math.max(...scene.ages(listener)) <= 450);
  scene.finish();
  for (const listener of listeners) assertExact(scene.world, listener);
});

Deno.test("messages that wait when the channel ends are still given out when they are due", () => {
  const scene = open({ delayMillis: 20 }, 3);
  const listener = scene.addListener({ latency: 400 });
  scene.start();
  scene.run(2000);
  scene.pause();
  const before = scene.givenBy(listener).length;
  scene.world.tell(({ core }) => {
    const { id } = core.channels.find(({ name }) => name === "data")!;
    core.endChannel(id, scene.world.hostNow);
  });
  scene.run(3000);
  assert.ok(scene.givenBy(listener).length >= before + 18);
  assert.ok(Math.max(...scene.ages(listener)) <= 450);
  assert.equal(listener.said("channel-ended").length, 1);
  finish(scene, listener);
});
