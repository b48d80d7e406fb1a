import assert from "node:assert/strict";
import type { SplitHost } from "../fakes/split_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { playedFrames } from "./scenario.ts";

const LATENCY = 300;
const PATH = { delayMillis: 20, jitterMillis: 5 };
/** A frame of MP3. */
const FRAME_MILLIS = 1152 / 44.1;

/** All frames of the next ten seconds are played, as long after they were sent as was asked for. */
function assertHeard(world: VirtualWorld, listener: VirtualListener): void {
  const before = world.channel(listener, "audio");
  const framesBefore = playedFrames(listener).length;
  world.run(10_000);
  const after = world.channel(listener, "audio");
  const share = (playedFrames(listener).length - framesBefore) * FRAME_MILLIS / 10_000;
  assert.ok(share > 0.99, `${share} of the sound`);
  const waited = 1000 * (after.jitterBufferDelay - before.jitterBufferDelay) /
    (after.jitterBufferEmittedCount - before.jitterBufferEmittedCount);
  assert.ok(Math.abs(waited - (LATENCY - 22.5)) < 10, `${waited} ms in the buffer`);
}

function assertQuietly(listener: VirtualListener): void {
  assert.deepEqual(listener.said("notice"), [], "its latency is not too short");
}

for (const millis of [3000, 30_000]) {
  Deno.test(`a host that slept ${millis} ms, with a clock that stood still, is heard again in seconds`, () => {
    const world = new VirtualWorld({
      towardsListener: () => PATH,
      towardsHost: () => PATH,
    });
    world.startHost({ hasEvents: false });
    const listener = world.addListener({ latency: LATENCY });
    world.run(20_000);
    world.sleepHost();
    world.run(millis);
    world.wakeHost();
    world.run(4000);
    assertHeard(world, listener);
    assertQuietly(listener);
  });

  Deno.test(`an origin that slept ${millis} ms while its edge went on is heard again in seconds`, () => {
    const world = new VirtualWorld({
      towardsListener: () => PATH,
      towardsHost: () => PATH,
    });
    const host = world.startHost({ edges: [{ linkMillis: 2, clockAhead: 500 }], hasEvents: false });
    const split = host.core as unknown as SplitHost;
    const listener = world.addListener({ latency: LATENCY });
    world.run(20_000);
    split.sleepOrigin(world.now);
    world.run(millis);
    world.tell(() => split.wakeOrigin(world.now));
    world.run(7000);
    assertHeard(world, listener);
    assertQuietly(listener);
  });
}
