import assert from "node:assert/strict";
import type { SplitHost } from "../fakes/split_host.ts";
import { assertExact } from "./scenario.ts";
import { ScreenScene, USUAL } from "./screen_scene.ts";

/** Two machines beside that of the origin: near and far, one with a clock that is 7 s ahead. */
const EDGES = [{ linkMillis: 2, clockAhead: 0 }, { linkMillis: 40, clockAhead: 7000 }];

/** A scene whose host is split; listeners of odd index reach the second edge. */
function open(loss: number, waitFor: number) {
  const path = { loss, delayMillis: 10, jitterMillis: 5 };
  const world = { seed: 4, towardsListener: () => path, towardsHost: () => path };
  const scene = new ScreenScene(USUAL, world, { edges: EDGES, waitFor });
  const split = scene.host.core as unknown as SplitHost;
  const join = () => {
    const index = scene.world.listeners.length;
    split.route({ hostname: `10.0.1.${index}`, port: 40_000 + index }, index % 2);
    return scene.addListener({ latency: 250 });
  };
  return { scene, split, join };
}

Deno.test("listeners of two edges see the same screen through losses, and every ledger is exact", () => {
  const { scene, join } = open(0.05, 4);
  const listeners = [join(), join(), join(), join()];
  scene.run(10_000);
  scene.finish();
  const numbers = listeners.map((listener) => scene.shownBy(listener).map(({ number }) => number));
  for (const shown of numbers) {
    assert.ok(shown.length > 250);
    assert.deepEqual(shown, Array.from(shown, (_, index) => index));
    assert.deepEqual(shown, numbers[0]);
  }
  for (const listener of listeners) {
    assertExact(scene.world, listener);
    const { networkLost, framesDropped } = scene.world.channel(listener, "screen");
    assert.ok(networkLost > 20);
    assert.equal(framesDropped, 0);
  }
});

Deno.test("who joins late at either edge sees a picture at once, and the origin adds up what both edges say", () => {
  const { scene, join } = open(0.02, 0);
  join();
  scene.runUntil(() => scene.host.said("started").length > 0, 5000, "the start");
  scene.run(3300);
  const late = [join(), join(), join()];
  const since = scene.world.now;
  scene.run(1500);
  for (const listener of late) {
    const [first] = scene.shownBy(listener);
    assert.ok(first?.isKey && first.at - since < 1000);
  }
  const losses = scene.host.said("losses").at(-1)!;
  assert.deepEqual([losses.channel, losses.listeners], ["screen", 4]);
  scene.finish();
  for (const listener of late) assertExact(scene.world, listener);
});

Deno.test("an edge that begins in the middle shows its listeners the next key frame", () => {
  const { scene, split, join } = open(0, 0);
  const [first, second] = [join(), join()];
  scene.runUntil(() => scene.host.said("started").length > 0, 5000, "the start");
  scene.run(3000);
  split.startEdge(1, scene.world.now);
  const shown = scene.shownBy(second!).length;
  scene.run(30_000);
  const again = scene.shownBy(second!).slice(shown);
  assert.ok(again.length > 60, `${again.length} frames`);
  const jump = again.findIndex(({ number }, index) => number !== again[0]!.number + index);
  const from = again.slice(Math.max(jump, 0));
  assert.ok(from[0]!.isKey, "it goes on at a key frame");
  assert.deepEqual(
    from.map(({ number }) => number),
    from.map((_, index) => from[0]!.number + index),
  );
  assert.deepEqual(
    scene.shownBy(first!).map(({ number }) => number),
    scene.shownBy(first!).map((_, index) => index),
  );
});
