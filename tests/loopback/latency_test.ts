import assert from "node:assert/strict";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, hasJoined } from "./scenario.ts";

/** Packets queue for up to 180 ms, far more than the shortest latency preset. */
const UNEVEN = { delayMillis: 10, jitterMillis: 180 };

function listen(latency: "low" | number, seed: number) {
  const world = new VirtualWorld({ seed, towardsListener: () => UNEVEN });
  const host = world.startHost({ waitFor: 1, hasEvents: false });
  const listener = world.addListener({ latency });
  // What describes the sound may come later than the ACCEPT, which the first report answers.
  const isOn = () => host.said("started").length > 0 && hasJoined(listener);
  world.runUntil(isOn, 5000, "the start");
  return { world, listener };
}

for (const seed of [1, 2, 3]) {
  Deno.test(`a preset adapts to an uneven path and then loses nothing, seed ${seed}`, () => {
    const { world, listener } = listen("low", seed);
    assert.equal(world.channel(listener, "audio").jitterBufferTargetDelay, 0.08);
    world.run(20_000);
    const begun = world.channel(listener, "audio");
    assert.ok(begun.jitterBufferTargetDelay > 0.08 && begun.jitterBufferTargetDelay < 0.3);
    world.run(40_000);
    const after = world.channel(listener, "audio");
    const late = after.packetsDiscarded - begun.packetsDiscarded;
    assert.ok(late <= 0.005 * (after.packetsExpected - begun.packetsExpected), `${late} late`);
    world.finish();
    assertExact(world, listener);
  });

  Deno.test(`a fixed latency never changes, whatever the path does, seed ${seed}`, () => {
    const { world, listener } = listen(80, seed);
    world.run(30_000);
    const ledger = world.channel(listener, "audio");
    assert.equal(ledger.jitterBufferTargetDelay, 0.08);
    assert.ok(ledger.packetsDiscarded > 50);
    const meanDelay = ledger.jitterBufferDelay / ledger.jitterBufferEmittedCount;
    assert.ok(meanDelay < 0.085, `${meanDelay}`);
    world.finish();
    assertExact(world, listener);
  });
}
