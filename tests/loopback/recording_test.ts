import assert from "node:assert/strict";
import { createAudioStreamWriter } from "../../client/playing/audio_stream.ts";
import { MP3, mp3Frames } from "../fakes/mp3_frames.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact } from "./scenario.ts";

/** Twenty seconds of sound. */
const FRAME_COUNT = 766;

/** The recording that the listener would have. */
function recordingOf(listener: VirtualListener): Uint8Array[] {
  const writer = createAudioStreamWriter(MP3);
  const written = listener.said("audio").map(({ frames }) => writer.write(frames));
  return [writer.header(), ...written, writer.end()].filter(({ length }) => length > 0);
}

for (const seed of [61, 62, 63, 64]) {
  Deno.test(`at 5 % loss both ways and 200 ms the recording equals the source, seed ${seed}`, () => {
    const path: NetemOptions = { loss: 0.05, delayMillis: 10, jitterMillis: 5 };
    const world = new VirtualWorld({ seed, towardsListener: () => path, towardsHost: () => path });
    world.startHost({ audio: MP3, waitFor: 1 }, mp3Frames(FRAME_COUNT));
    const listener = world.addListener({ latency: 200 });
    world.run(30_000);
    world.finish();
    const { networkLost, residualLost } = world.channel(listener, "audio");
    assert.ok(networkLost > 10, "the network lost nothing worth repairing");
    assert.equal(residualLost, 0);
    assert.deepEqual(recordingOf(listener), [...mp3Frames(FRAME_COUNT)].map(({ bytes }) => bytes));
    assertExact(world, listener);
  });
}
