import assert from "node:assert/strict";
import type { SoundBlock } from "../../../../../server/studio/web/sound/block_cutter.ts";
import type { OpusEncoderHandlers } from "../../../../../server/studio/web/sound/opus_encoder.ts";
import { SoundPipeline } from "../../../../../server/studio/web/sound/sound_pipeline.ts";

/** A browser's encoder, which takes what it is told to take. */
class FakeEncoder {
  readonly blocks: SoundBlock[] = [];
  blocksDropped = 0;
  isClosed = false;

  constructor(readonly config: AudioEncoderConfig, readonly handlers: OpusEncoderHandlers) {}

  encode(block: SoundBlock): void {
    this.blocks.push(block);
    this.handlers.onPacket(Uint8Array.of(1), block.at);
  }

  close(): void {
    this.isClosed = true;
  }
}

class Studio {
  readonly encoders: FakeEncoder[] = [];
  readonly formats: unknown[] = [];
  readonly packets: number[] = [];
  failures = 0;
  takes: (config: AudioEncoderConfig) => boolean = () => true;
  throws = false;
  now = 0;
  readonly pipeline = new SoundPipeline({ channelCount: 2, bitrate: 64_000, use: "voice" }, {
    onFormat: (sampleRate, channelCount) => this.formats.push([sampleRate, channelCount]),
    onPacket: (_, at) => this.packets.push(at),
    onFailure: () => this.failures++,
  }, {
    now: () => this.now,
    choose: (configs) => Promise.resolve(configs.find((config) => this.takes(config))),
    createEncoder: (config, handlers) => {
      if (this.throws) throw new Error("no");
      const encoder = new FakeEncoder(config, handlers);
      this.encoders.push(encoder);
      return encoder;
    },
  });

  /** Ten milliseconds. */
  async bring(rate: number, count = 1): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.now += 10;
      const channels = [new Float32Array(rate / 100).fill(0.5)];
      this.pipeline.push({ channels, at: this.now * 1000 }, rate);
      await new Promise<void>((resolve) => queueMicrotask(resolve));
      await Promise.resolve();
    }
  }
}

Deno.test("the encoder is configured from the first block, at the device's rate", async () => {
  const studio = new Studio();
  await studio.bring(44_100, 20);
  assert.equal(studio.encoders[0]!.config.sampleRate, 44_100);
  assert.deepEqual(studio.formats, [[44_100, 2]]);
  assert.ok(studio.packets.length >= 8);
  assert.ok(studio.encoders[0]!.blocks.every(({ channels }) => channels[0]!.length === 882));
});

Deno.test("a browser that takes only 48 kHz gets that, resampled", async () => {
  const studio = new Studio();
  studio.takes = ({ sampleRate }) => sampleRate === 48_000;
  await studio.bring(44_100, 20);
  assert.deepEqual(studio.formats, [[48_000, 2]]);
  assert.ok(studio.encoders[0]!.blocks.every(({ channels }) => channels[0]!.length === 960));
});

Deno.test("a configuration that the browser says to take and does not is not tried again", async () => {
  const studio = new Studio();
  await studio.bring(44_100);
  assert.equal(studio.encoders.length, 1);
  studio.encoders[0]!.handlers.onFailure();
  await studio.bring(44_100, 20);
  assert.deepEqual(studio.encoders.map(({ config }) => config.opus?.useinbandfec), [
    true,
    undefined,
  ]);
  assert.equal(studio.encoders[0]!.isClosed, true);
  assert.ok(studio.packets.length > 0);
  assert.equal(studio.failures, 0);
});

Deno.test("an encoder that fails while it works is replaced; one that only fails is given up", async () => {
  const studio = new Studio();
  await studio.bring(48_000, 10);
  for (let round = 0; round < 10; round++) {
    studio.encoders.at(-1)!.handlers.onFailure();
    await studio.bring(48_000, 10);
  }
  assert.equal(studio.failures, 0);
  assert.equal(studio.encoders.length, 11);
  const broken = new Studio();
  broken.throws = true;
  await broken.bring(48_000, 20);
  assert.equal(broken.failures, 1);
});

Deno.test("a browser without Opus is told of once", async () => {
  const studio = new Studio();
  studio.takes = () => false;
  await studio.bring(48_000, 20);
  assert.equal(studio.failures, 1);
  assert.deepEqual(studio.packets, []);
});

Deno.test("a muted microphone sends zeros, and its meter still moves", async () => {
  const studio = new Studio();
  await studio.bring(48_000, 10);
  studio.pipeline.isMuted = true;
  const before = studio.packets.length;
  await studio.bring(48_000, 10);
  assert.equal(studio.packets.length, before + 5);
  const { blocks } = studio.encoders[0]!;
  assert.ok(blocks.slice(0, before).every(({ channels }) => channels[0]![0] === 0.5));
  assert.ok(
    blocks.slice(before).every(({ channels }) =>
      channels.flat().every((all) => all.every((one) => one === 0))
    ),
  );
  assert.ok(studio.pipeline.level.rms > -7);
});

Deno.test("a device that changes its rate back at once gets one encoder", async () => {
  const studio = new Studio();
  const block = { channels: [new Float32Array(480)], at: 0 };
  for (const rate of [48_000, 16_000, 48_000]) studio.pipeline.push(block, rate);
  await studio.bring(48_000, 10);
  assert.deepEqual(studio.formats, [[48_000, 2]]);
  assert.equal(studio.encoders.length, 1);
});

Deno.test("a device that changes its rate is followed; a closed pipeline does nothing more", async () => {
  const studio = new Studio();
  await studio.bring(48_000, 10);
  await studio.bring(16_000, 10);
  assert.deepEqual(studio.formats, [[48_000, 2], [16_000, 2]]);
  studio.pipeline.close();
  const before = studio.packets.length;
  await studio.bring(16_000, 10);
  assert.equal(studio.packets.length, before);
  assert.ok(studio.encoders.every(({ isClosed }) => isClosed));
});
