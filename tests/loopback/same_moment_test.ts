import assert from "node:assert/strict";
import { serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { toNtp } from "../../shared/rtcp/ntp.ts";
import { numberedFrames, numberOf } from "../fakes/numbered_frames.ts";
import { MP3 } from "../fakes/mp3_frames.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact } from "./scenario.ts";

const ONE_WAY = [5, 80];
const CLOCKS_AHEAD = [-3000, 3000];

function openWorld(seed: number) {
  const path = (index: number) => ({ delayMillis: ONE_WAY[index]!, jitterMillis: 3, loss: 0.1 });
  const world = new VirtualWorld({
    seed,
    towardsListener: path,
    towardsHost: path,
    clockAhead: (index) => CLOCKS_AHEAD[index]!,
  });
  const audio = { ...MP3, sampleRate: 44_100 };
  const host = world.startHost({ audio, waitFor: 2, hasEvents: false }, numberedFrames());
  for (const _ of ONE_WAY) world.addListener({ latency: 300 });
  world.runUntil(() => host.said("started").length > 0, 20_000, "the start");
  return { world, host };
}

/** When each listener played each frame, by the frame's number. */
function play(world: VirtualWorld, millis: number, meanwhile = () => {}): Map<number, number>[] {
  const played = world.listeners.map(() => new Map<number, number>());
  for (const end = world.now + millis; world.now < end;) {
    world.run(1);
    meanwhile();
    for (const [index, { outputs }] of world.listeners.entries()) {
      for (const output of outputs.splice(0)) {
        if (output.kind !== "audio") continue;
        for (const { bytes } of output.frames) played[index]!.set(numberOf(bytes), world.now);
      }
    }
  }
  return played;
}

function mostApart([one, other]: readonly Map<number, number>[]): number {
  const apart = [...one!].map(([number, at]) => Math.abs(at - (other!.get(number) ?? at)));
  assert.ok(apart.length > 500, `${apart.length} frames`);
  return Math.max(...apart);
}

for (const seed of [1, 2, 3]) {
  Deno.test(`listeners with paths of 5 and 80 ms play the same moment, through 10 % loss, seed ${seed}`, () => {
    const { world } = openWorld(seed);
    play(world, 60_000);
    const apart = mostApart(play(world, 30_000));
    // This test looks every millisecond.
    assert.ok(apart <= 3, `${apart} ms apart`);
    world.finish();
    for (const listener of world.listeners) assertExact(world, listener);
  });
}

Deno.test("another listener that forges sender reports moves nobody's clock", () => {
  const { world, host } = openWorld(4);
  play(world, 60_000);
  const ssrc = host.core.channels[0]!.ssrc;
  const forge = () => {
    const { secrecy } = host.core;
    const report = serializeRtcp([{
      type: "senderReport",
      ssrc,
      ntpTime: toNtp(world.now + 60_000),
      rtpTimestamp: 12_345,
      packetCount: 0,
      octetCount: 0,
    }]);
    const datagram = secrecy!.sealReport(report);
    for (const { address } of world.listeners) world.net.send(datagram, HOST, address, world.now);
  };
  const apart = mostApart(play(world, 30_000, () => world.now % 100 < 1 && forge()));
  assert.ok(apart <= 3, `${apart} ms apart`);
});
