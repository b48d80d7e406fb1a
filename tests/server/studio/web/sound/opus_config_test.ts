import assert from "node:assert/strict";
import { opusConfigs } from "../../../../../server/studio/web/sound/opus_config.ts";

Deno.test("the device's own rate is tried first, then 48 kHz; each with and without what some lack", () => {
  const options = { channelCount: 2, bitrate: 64_000, use: "voice" } as const;
  const configs = opusConfigs(44_100, options);
  assert.deepEqual(configs.map(({ sampleRate }) => sampleRate), [44_100, 44_100, 48_000, 48_000]);
  assert.deepEqual(configs.map(({ opus }) => opus?.useinbandfec), [
    true,
    undefined,
    true,
    undefined,
  ]);
  for (const { opus, codec } of configs) {
    assert.deepEqual([codec, opus?.frameDuration], ["opus", 20_000]);
  }
  assert.equal(opusConfigs(48_000, options).length, 2);
  // 20 ms of 11 025 Hz are no whole number of samples.
  assert.deepEqual(opusConfigs(11_025, options).map(({ sampleRate }) => sampleRate), [
    48_000,
    48_000,
  ]);
});
