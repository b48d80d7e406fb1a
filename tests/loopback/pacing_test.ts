import assert from "node:assert/strict";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { lengthOf } from "../runs.ts";
import { assertExact, playedFrames, runWithEvents } from "./scenario.ts";

const FRAME_MILLIS = 1152 / 44.1;

const MINUTES = lengthOf({ short: 8, long: 60 });
const LISTENERS = lengthOf({ short: 60, long: 200 });

Deno.test(`${MINUTES} minutes of sound are sent and played without drift`, () => {
  const world = new VirtualWorld({ towardsListener: () => ({ delayMillis: 15 }) });
  const host = world.startHost({ waitFor: 1, hasEvents: false });
  const listener = world.addListener();
  world.runUntil(() => host.said("started").length > 0, 2000, "the start");
  const start = world.now;
  let next = start;
  const skews: number[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    next += 60_000;
    world.run(next - world.now);
    const { mediaTime } = listener.said("audio").at(-1)!;
    skews.push(world.now - start - mediaTime * 1000);
    listener.outputs.splice(0, listener.outputs.length - 3);
  }
  const spread = Math.max(...skews) - Math.min(...skews);
  assert.ok(spread < 3 * FRAME_MILLIS, `the delay moved by ${spread} ms`);
  world.finish();
  const ledger = world.channel(listener, "audio");
  const millis = MINUTES * 60_000;
  assert.ok(Math.abs(ledger.packetsExpected * FRAME_MILLIS - millis) < 4 * millis / 1000);
  assertExact(world, listener);
});

for (const intervalMillis of [100, 200, 1000]) {
  Deno.test(`--interval ${intervalMillis}ms sends at intervals and loses no sound`, () => {
    const world = new VirtualWorld();
    world.startHost({ intervalMillis, waitFor: 1 });
    const listener = world.addListener();
    world.run(1000);
    runWithEvents(world, 20);
    world.finish();
    const played = playedFrames(listener);
    assert.ok(played.length > 20_000 / FRAME_MILLIS - 60, `${played.length} frames`);
    assert.deepEqual(played, Array.from(played, (_, index) => index));
    assert.equal(world.channel(listener, "audio").packetsDiscarded, 0);
    assertExact(world, listener);
  });
}

Deno.test(`${LISTENERS} listeners play the same sound, and every ledger is exact`, () => {
  const world = new VirtualWorld({
    towardsListener: (index) => ({
      loss: index / LISTENERS / 5,
      duplicate: 0.01,
      reorder: 0.01,
      reorderMillis: 30,
      delayMillis: index % 50,
      harms: "media",
    }),
  });
  const host = world.startHost({ capacity: LISTENERS, waitFor: LISTENERS });
  const listeners = Array.from({ length: LISTENERS }, () => world.addListener());
  world.runUntil(() => host.said("started").length > 0, 5000, "the start");
  runWithEvents(world, 5);
  world.finish();
  assert.equal(host.said("listener-joined").length, LISTENERS);
  for (const listener of listeners) assertExact(world, listener);
  assert.equal(playedFrames(listeners[0]!)[0], 0);
});
