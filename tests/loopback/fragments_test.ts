import assert from "node:assert/strict";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, LOSSY, playedFrames } from "./scenario.ts";

/** MPEG-1 layer III, 320 kbit/s at 32 kHz: the largest frames possible, two packets each. */
const FORMAT: AudioFormat = { codec: "mp3", sampleRate: 32_000, channelCount: 2 };
const HEADER = Uint8Array.of(0xff, 0xfb, 0xe8, 0xc4);
const FRAME_BYTES = 1440;

function* largeFrames(): Generator<EncodedFrame> {
  for (let index = 0;; index++) {
    const bytes = new Uint8Array(FRAME_BYTES);
    bytes.set(HEADER);
    new DataView(bytes.buffer).setUint32(40, index);
    yield { bytes, sampleCount: 1152, sampleRate: FORMAT.sampleRate };
  }
}

for (const path of [{}, LOSSY]) {
  const name = path === LOSSY ? "a bad" : "a good";
  Deno.test(`frames that take two packets each are all played, the first too, over ${name} path`, () => {
    const world = new VirtualWorld({ server: { audio: FORMAT }, towardsListener: () => path });
    const host = world.startHost({ waitFor: 1 }, largeFrames());
    const listener = world.addListener();
    world.runUntil(() => host.said("started").length > 0, 5000, "the start");
    world.run(20_000);
    world.finish();
    const played = playedFrames(listener);
    assert.ok(played.length > 500);
    assert.deepEqual(played, Array.from(played, (_, index) => index));
    assertExact(world, listener);
    const { nackCount, networkLost } = world.channel(listener, "audio");
    assert.ok(nackCount <= 20 * networkLost, `${nackCount} requests, for ${networkLost} packets`);
  });
}
