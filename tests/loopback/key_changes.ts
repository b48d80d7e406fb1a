import assert from "node:assert/strict";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, LOSSY } from "./scenario.ts";
import { epochsOf, junkOf } from "./wiretap.ts";

/** Keys change every ten minutes. */
const MINUTES = 10;

export interface KeyChanges {
  readonly listeners: number;
  readonly changes: number;
}

/** On a lossy network nobody misses a packet because keys change. */
export function assertNothingMissed({ listeners: count, changes }: KeyChanges): void {
  const world = new VirtualWorld({ towardsListener: () => LOSSY, towardsHost: () => LOSSY });
  const host = world.startHost({ waitFor: count });
  const listeners = Array.from({ length: count }, () => world.addListener());
  world.run((changes * MINUTES + 1) * 60_000);
  world.finish();
  const epochs = Array.from({ length: changes + 1 }, (_, index) => index + 1);
  assert.deepEqual(epochsOf(host).map(({ epoch }) => epoch), epochs);
  for (const listener of listeners) {
    assertExact(world, listener);
    assert.deepEqual(junkOf(world, listener), {});
  }
}

/** Where a third is lost, packets wait for their keys, and everybody goes on hearing. */
export function assertStillHeard({ listeners: count, changes }: KeyChanges): void {
  const third = () => ({ loss: 0.33, delayMillis: 40 });
  const world = new VirtualWorld({ towardsListener: third, towardsHost: third });
  const host = world.startHost({ waitFor: count });
  const listeners = Array.from({ length: count }, () => world.addListener());
  world.runUntil(() => host.said("started").length > 0, 60_000, "the start");
  world.run(changes * MINUTES * 60_000 + 30_000);
  assert.ok(epochsOf(host).length > changes);
  for (const listener of listeners) {
    const { unknownEpoch = 0 } = junkOf(world, listener);
    assert.ok(unknownEpoch < 100, `${unknownEpoch} packets came without their key`);
    const last = world.channel(listener, "audio").packetsReceived;
    world.run(1000);
    assert.ok(world.channel(listener, "audio").packetsReceived > last, "hears no more");
  }
}
