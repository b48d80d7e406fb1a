import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { begin, end, SCREEN, sendPicture } from "./made_up_items.ts";
import { assertExact, hasJoined } from "./scenario.ts";

const PATH: NetemOptions = { loss: 0.1, delayMillis: 20, jitterMillis: 5 };

function open() {
  const world = new VirtualWorld({ towardsListener: () => PATH, towardsHost: () => PATH });
  world.startHost();
  const join = () => {
    const listener = world.addListener();
    world.runUntil(() => hasJoined(listener), 20_000, "the join");
    world.run(1000);
    return listener;
  };
  return { world, join };
}

function pause(world: VirtualWorld, id: number): void {
  world.tell(({ core }) => core.pauseChannel(id, world.now));
}

function resume(world: VirtualWorld, id: number): void {
  world.tell(({ core }) => core.resumeChannel(id, world.now));
}

/** What a listener was told of channels, in order: "paused screen". */
function told(listener: VirtualListener): string[] {
  return listener.outputs.flatMap((output) =>
    output.kind === "channel-paused" || output.kind === "channel-resumed"
      ? [`${output.kind.slice("channel-".length)} ${output.channel}`]
      : []
  );
}

Deno.test("a channel that pauses is told within 2 s, once, and goes on under the same SSRC", () => {
  const { world, join } = open();
  const listener = join();
  const screen = begin(world, SCREEN);
  const send = (from: number, to: number) => {
    for (let index = from; index < to; index++) {
      sendPicture(world, screen, index);
      world.run(20);
    }
  };
  send(0, 50);
  pause(world, screen);
  pause(world, screen);
  world.runUntil(() => told(listener).length > 0, 2000, "the pause");
  world.run(3000);
  resume(world, screen);
  resume(world, screen);
  world.runUntil(() => told(listener).length > 1, 2000, "the end of the pause");
  send(50, 100);
  world.run(3000);
  world.finish();
  assert.deepEqual(told(listener), ["paused screen", "resumed screen"]);
  assert.equal(world.channel(listener, "screen").packetsExpected, 100);
  assertExact(world, listener);
});

Deno.test("who joins while a channel pauses is told so after it has joined, and when it goes on", () => {
  const { world, join } = open();
  const screen = begin(world, SCREEN);
  pause(world, screen);
  const late = join();
  assert.deepEqual(told(late), ["paused screen"]);
  const kinds = late.outputs.map(({ kind }) => kind);
  assert.ok(kinds.indexOf("channel-paused") > kinds.indexOf("joined"));
  resume(world, screen);
  world.run(2000);
  assert.deepEqual(told(late), ["paused screen", "resumed screen"]);
});

Deno.test("a listener that slept through a pause, or through its end, is told what is true now", () => {
  const { world, join } = open();
  const [first, second] = [join(), join()];
  const screen = begin(world, SCREEN);
  world.run(1000);
  world.sleep(first);
  pause(world, screen);
  world.run(1000);
  world.sleep(second);
  world.run(60_000);
  world.wakeUp(first);
  world.runUntil(() => told(first).length > 0, 20_000, "what the first one slept through");
  resume(world, screen);
  world.run(60_000);
  world.wakeUp(second);
  world.runUntil(() => told(second).length > 1, 20_000, "what the second one slept through");
  world.run(5000);
  assert.deepEqual(told(first), ["paused screen", "resumed screen"]);
  assert.deepEqual(told(second), ["paused screen", "resumed screen"]);
});

Deno.test("a channel that ends while it pauses is not told as resumed, and one that begins anew does not pause", () => {
  const { world, join } = open();
  const listener = join();
  const screen = begin(world, SCREEN);
  pause(world, screen);
  world.run(1000);
  end(world, screen);
  world.run(1000);
  const again = begin(world, SCREEN);
  world.run(1000);
  const late = join();
  assert.deepEqual([told(listener), told(late)], [["paused screen"], []]);
  pause(world, again);
  world.run(1000);
  assert.deepEqual([told(listener).length, told(late)], [2, ["paused screen"]]);
});
