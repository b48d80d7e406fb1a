import assert from "node:assert/strict";
import type { Address } from "../../shared/driver/socket.ts";
import { mp3Frames } from "../fakes/mp3_frames.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { hasJoined, runWithEvents } from "./scenario.ts";

const SEEDS = 40;
/** Without sound: these tests are about admission. */
const QUIET = { audio: undefined };
const BAD = () => ({ loss: 0.3, delayMillis: 40, jitterMillis: 10 });

function wasThrownOut(world: VirtualWorld, listener: VirtualListener): boolean {
  return listener.hasEnded || !hasJoined(listener) ||
    world.host!.said("listener-left").some(({ address }) => address.port === listener.address.port);
}

Deno.test(`through 30 % loss both ways no honest listener loses its place, ${SEEDS} times ten`, () => {
  const reportedAfter: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const world = new VirtualWorld({ seed, towardsListener: BAD, towardsHost: BAD });
    const host = world.startHost(QUIET, mp3Frames(0));
    const listeners = Array.from({ length: 10 }, () => world.addListener());
    const startedAt = world.now;
    world.runUntil(() => host.said("listener-joined").length === 10, 10_000, `seed ${seed}`);
    reportedAfter.push(world.now - startedAt);
    world.run(5000);
    for (const listener of listeners) {
      assert.equal(wasThrownOut(world, listener), false, `seed ${seed}`);
      assert.equal(listener.said("joined").length, 1, `seed ${seed}: let in once, and for good`);
    }
    assert.equal(host.core.stats().listeners, 10);
  }
  reportedAfter.sort((one, other) => one - other);
  console.log(`the last of ten had reported after ${reportedAfter.at(-1)!.toFixed(0)} ms at most`);
});

for (
  const [where, place] of [
    ["addresses of their own", (index: number) => ({ hostname: `10.9.0.${index}`, port: 40_000 })],
    ["one address", (index: number) => ({ hostname: "10.9.0.1", port: 40_000 + index })],
  ] as const
) {
  Deno.test(`listeners that fill all places at once through 30 % loss are admitted, from ${where}`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      const world = new VirtualWorld({ seed, towardsListener: BAD, towardsHost: BAD });
      const host = world.startHost({ ...QUIET, capacity: 100 }, mp3Frames(0));
      const crowd = Array.from(
        { length: 100 },
        (_, index): VirtualListener => world.addListener({}, place(index) as Address),
      );
      world.run(10_000);
      const out = crowd.filter((listener) => wasThrownOut(world, listener)).length;
      assert.equal(out, 0, `seed ${seed}: ${out} are not in`);
      assert.equal(host.core.stats().listeners, 100);
    }
  });
}

Deno.test("a listener that gave way before its reports arrived asks again and is admitted", () => {
  const world = new VirtualWorld({ towardsListener: () => ({ delayMillis: 20 }) });
  const host = world.startHost({ capacity: 4 });
  const slow = [0, 1, 2].map((index) =>
    world.addListener({}, { hostname: "10.9.0.1", port: 40_000 + index })
  );
  // The host has admitted them, but their reports do not reach it.
  world.run(30);
  for (const listener of slow) world.towardsHost(listener).isCut = true;
  world.run(50);
  const others = [5, 6].map((index) =>
    world.addListener({}, { hostname: `10.9.0.${index}`, port: 40_000 })
  );
  world.run(500);
  assert.ok([...slow, ...others].every(hasJoined));
  assert.equal(host.core.stats().listeners, others.length);
  world.leave(others[0]!);
  for (const listener of slow) world.towardsHost(listener).isCut = false;
  runWithEvents(world, 15);
  assert.deepEqual(slow.map(({ hasEnded }) => hasEnded), [false, false, false]);
  assert.deepEqual(slow.map((listener) => listener.said("joined").length).sort(), [1, 1, 2]);
  assert.equal(host.core.stats().listeners, 4);
  world.finish();
  // Its ledger counts what it was not sent while it was removed; the others miss nothing.
  const missed = slow.map((listener) => world.channel(listener, "audio").residualLost);
  const stayed = missed.filter((_, index) => slow[index]!.said("joined").length === 1);
  assert.deepEqual(stayed, [0, 0]);
});
