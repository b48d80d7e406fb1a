import assert from "node:assert/strict";
import type { SplitHost } from "../fakes/split_host.ts";
import { DataScene } from "./data_scene.ts";
import { assertExact } from "./scenario.ts";

/** Two machines beside that of the origin: near and far, one with a clock that is 7 s ahead. */
const EDGES = [{ linkMillis: 2, clockAhead: 0 }, { linkMillis: 40, clockAhead: 7000 }];
const SHAPE = { rate: 25, pictureEvery: 10, pictureBytes: 40_000 };
const SETUP = { values: { index: { title: "Index", unit: "1" } } };

/** A scene whose host is split; listeners of odd index reach the second edge. */
function open(loss: number, waitFor: number, sequenceStart = 65_400) {
  const path = { loss, delayMillis: 10, jitterMillis: 5 };
  const world = { seed: 4, towardsListener: () => path, towardsHost: () => path };
  const scene = new DataScene(SHAPE, world, { edges: EDGES, waitFor, sequenceStart });
  const split = scene.host.core as unknown as SplitHost;
  const join = () => {
    const index = scene.world.listeners.length;
    split.route({ hostname: `10.0.1.${index}`, port: 40_000 + index }, index % 2);
    return scene.addListener({ latency: 300 });
  };
  return { scene, split, join };
}

const setupsOf = (listener: ReturnType<ReturnType<typeof open>["join"]>) =>
  listener.said("data-setup").map(({ setup }) => setup);

Deno.test("listeners of two edges get the same messages through losses, and every ledger is exact", () => {
  const { scene, split, join } = open(0.05, 4);
  const listeners = [join(), join(), join(), join()];
  scene.start();
  split.setDataSetup(SETUP, scene.world.now);
  scene.run(5000);
  scene.finish();
  const counts = listeners.map((listener) => scene.givenBy(listener).map(({ count }) => count));
  for (const [index, given] of counts.entries()) {
    assert.ok(given.length > 115, `${given.length} of listener ${index}`);
    const all = given.at(-1)! - given[0]! + 1;
    assert.ok(all - given.length <= 1, `${all - given.length} were dropped`);
    assert.deepEqual(setupsOf(listeners[index]!), [SETUP]);
    assertExact(scene.world, listeners[index]!);
    const { networkLost, messagesDropped } = scene.world.channel(listeners[index]!, "data");
    assert.ok(networkLost > 20);
    assert.equal(messagesDropped, all - given.length);
  }
});

Deno.test("who joins late at either edge has the last message and the set-up, though the source pauses", () => {
  const { scene, split, join } = open(0.02, 0);
  scene.start();
  split.setDataSetup(SETUP, scene.world.now);
  scene.run(2000);
  scene.pause();
  scene.run(20_000);
  const last = scene.pushedAt.length;
  const late = [join(), join()];
  scene.run(2000);
  for (const listener of late) {
    assert.deepEqual(scene.givenBy(listener).map(({ count }) => count), [last]);
    assert.deepEqual(setupsOf(listener), [SETUP]);
  }
  scene.resume();
  scene.run(2000);
  for (const listener of late) assert.ok(scene.givenBy(listener).length > 40);
  scene.finish();
  for (const listener of late) assertExact(scene.world, listener);
});

Deno.test("an edge that begins in the middle gives its listeners the last message, the set-up, and all that come", () => {
  const { scene, split, join } = open(0, 0);
  const [first, second] = [join(), join()];
  scene.start();
  split.setDataSetup(SETUP, scene.world.now);
  scene.run(2000);
  scene.pause();
  scene.run(1000);
  const last = scene.givenBy(first!).at(-1)!.count;
  split.startEdge(1, scene.world.now);
  const late = [join(), join()][1]!;
  scene.run(3000);
  assert.deepEqual(scene.givenBy(late).map(({ count }) => count), [last]);
  assert.deepEqual(setupsOf(late), [SETUP]);
  scene.resume();
  scene.run(30_000);
  const again = scene.givenBy(second!).filter(({ count }) => count > last + 500);
  assert.ok(again.length > 100, `${again.length} messages`);
  assert.deepEqual(
    scene.givenBy(late).slice(1).map(({ count }) => count),
    scene.givenBy(late).slice(1).map((_, index) => last + 1 + index),
  );
  assert.ok(setupsOf(second!).length >= 2, "told again by the new edge");
});
