import assert from "node:assert/strict";
import { MP3, mp3Frames } from "../fakes/mp3_frames.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, LOSSY, playedFrames, runWithEvents } from "./scenario.ts";

const FRAME_COUNT = 200;

/** A running host with events, whose sound has not begun yet. */
function awaiting(path: NetemOptions, options: { seed?: number; isPlain?: boolean } = {}) {
  const world = new VirtualWorld({ ...options, towardsListener: () => path });
  world.startHost({ audio: undefined, isAudioAwaited: true }, mp3Frames(FRAME_COUNT));
  return world;
}

function begin(world: VirtualWorld): void {
  world.tell(({ core }) => core.openAudio(MP3, world.now));
}

function joins(listener: VirtualListener): string[] {
  return listener.said("joined").map(({ again, info: { channels } }) =>
    `${again ? "again" : "first"}: ${channels.map(({ channel }) => channel).join(" ")}`
  );
}

function began(listener: VirtualListener): string[] {
  return listener.said("channel-started").map(({ channel, codec }) => `${channel} ${codec}`);
}

for (const isPlain of [false, true]) {
  Deno.test(`sound that begins late is played from its first frame by all listeners${isPlain ? ", in clear" : ""}`, () => {
    const world = awaiting({ delayMillis: 20 }, { isPlain });
    const early = world.addListener();
    world.run(1000);
    assert.equal(world.host!.said("started").length, 1);
    runWithEvents(world, 10);
    begin(world);
    runWithEvents(world, 2);
    const late = world.addListener();
    world.run(10_000);
    world.finish();
    assert.deepEqual(joins(early), ["first: events"]);
    assert.deepEqual(began(early), ["audio mp3"]);
    assert.deepEqual(began(late), []);
    assert.deepEqual(joins(late), ["first: events audio"]);
    assert.deepEqual(playedFrames(early), Array.from({ length: FRAME_COUNT }, (_, index) => index));
    assert.equal(late.said("event").length, 60);
    for (const listener of [early, late]) {
      assertExact(world, listener);
      assert.deepEqual(world.ledger(listener).junk, {});
      assert.equal(world.channel(listener, "audio").networkLost, 0);
      assert.equal(listener.said("timeline-reset").length, 0);
      const states = listener.said("connection").map(({ state }) => state);
      assert.deepEqual(states, ["joining", "connected"]);
    }
    assert.equal(world.host!.said("listener-joined").length, 2);
  });
}

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  Deno.test(`sound that begins late reaches every listener through 5 % loss, seed ${seed}`, () => {
    const path: NetemOptions = { ...LOSSY, harms: undefined };
    const world = awaiting(path, { seed });
    const listeners = [1, 2, 3].map(() => world.addListener());
    world.run(3000);
    runWithEvents(world, 5);
    begin(world);
    runWithEvents(world, 5);
    world.run(3000);
    world.finish();
    for (const listener of listeners) {
      const { networkLost, packetsExpected } = world.channel(listener, "audio");
      assert.ok(packetsExpected > FRAME_COUNT / 2 && packetsExpected <= FRAME_COUNT);
      assert.ok(networkLost < packetsExpected / 5, `${networkLost} of ${packetsExpected}`);
      const counts = listener.said("event").map(({ event }) => event.count);
      assert.deepEqual(counts, Array.from({ length: 50 }, (_, index) => index + 1));
    }
  });
}

Deno.test("a broadcast does not end while sound is awaited, and ends when it never comes", () => {
  const world = awaiting({});
  const listener = world.addListener();
  world.run(1000);
  world.tell(({ core }) => core.endEvents(world.now));
  world.run(5000);
  assert.equal(listener.hasEnded, false);
  world.tell(({ core }) => core.endAudio(world.now));
  world.run(1000);
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["bye"]);
});
