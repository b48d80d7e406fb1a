import assert from "node:assert/strict";
import * as fc from "fast-check";
import { BlockCutter } from "../../../../server/studio/web/sound/block_cutter.ts";
import { opusConfigs } from "../../../../server/studio/web/sound/opus_config.ts";
import { Resampler } from "../../../../server/studio/web/sound/resampler.ts";

function sine(frequency: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => Math.sin(2 * Math.PI * frequency * at / rate));
}

function powerOf(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

Deno.test("blocks of any length become blocks of one length, without a sample lost or moved", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2500 }), { maxLength: 20 }), (lengths) => {
      const cutter = new BlockCutter({
        ...{ inputRate: 48_000, outputRate: 48_000, channelCount: 2, length: 960 },
      });
      let next = 0;
      const cut = lengths.flatMap((length) => {
        const left = Float32Array.from({ length }, (_, at) => next + at);
        const block = { channels: [left, left.map((sample) => -sample)], at: next / 48_000 * 1e6 };
        next += length;
        return cutter.push(block);
      });
      assert.equal(cut.length, Math.floor(next / 960));
      for (const [index, { channels, at }] of cut.entries()) {
        assert.equal(channels[0]!.length, 960);
        assert.equal(channels[0]![7], index * 960 + 7);
        assert.equal(channels[1]![7], -(index * 960 + 7));
        assert.ok(Math.abs(at - index * 20_000) <= 1, `${at}`);
      }
    }),
  );
});

Deno.test("one channel is heard on both sides, and two become their mean", () => {
  const options = { inputRate: 48_000, outputRate: 48_000, length: 4 };
  const one = Float32Array.of(1, 0.5, -0.5, 0);
  const other = Float32Array.of(0, 0.5, 0.5, 1);
  const stereo = new BlockCutter({ ...options, channelCount: 2 });
  assert.deepEqual(stereo.push({ channels: [one], at: 0 })[0]!.channels, [one, one]);
  assert.deepEqual(stereo.push({ channels: [one, other, one], at: 0 })[0]!.channels, [one, other]);
  const mono = new BlockCutter({ ...options, channelCount: 1 });
  const mean = Float32Array.of(0.5, 0.5, 0, 0.5);
  assert.deepEqual(mono.push({ channels: [one, other], at: 0 })[0]!.channels, [mean]);
  assert.deepEqual(mono.push({ channels: [one], at: 0 })[0]!.channels, [one]);
});

Deno.test("a hole in what is captured shows in the times", () => {
  const cutter = new BlockCutter({
    ...{ inputRate: 48_000, outputRate: 48_000, channelCount: 1, length: 960 },
  });
  const times = [0, 10_000, 20_000, 30_000, 540_000, 550_000].flatMap((at) =>
    cutter.push({ channels: [new Float32Array(480)], at }).map((block) => block.at)
  );
  assert.deepEqual(times, [0, 20_000, 540_000]);
});

Deno.test("a device's rate is brought to another one: length, pitch and level stay", () => {
  for (const [from, to] of [[44_100, 48_000], [48_000, 16_000], [8000, 48_000]] as const) {
    const resampler = new Resampler(from, to);
    const input = sine(1000, from, from);
    const parts: number[] = [];
    for (let at = 0; at < from; at += 441) {
      parts.push(...resampler.push(input.subarray(at, at + 441)));
    }
    assert.ok(Math.abs(parts.length - to) <= 40 * to / from, `${parts.length} of ${to}`);
    const output = Float32Array.from(parts);
    assert.ok(Math.abs(powerOf(output.slice(200)) - Math.SQRT1_2) < 0.005);
    // The first input sample is at the first output sample.
    const expected = sine(1000, to, output.length);
    const error = powerOf(output.map((sample, at) => sample - expected[at]!).slice(200));
    assert.ok(error < 0.01, `${from} to ${to}: ${error}`);
  }
});

Deno.test("a tone that the new rate can't have is left out instead of heard as another", () => {
  const resampler = new Resampler(48_000, 16_000);
  const output = resampler.push(sine(11_000, 48_000, 48_000));
  assert.ok(powerOf(output.slice(200, -200)) < 0.01, `${powerOf(output.slice(200))}`);
});

Deno.test("the cutter resamples each channel, and its times stay those of the capture", () => {
  const cutter = new BlockCutter({
    ...{ inputRate: 44_100, outputRate: 48_000, channelCount: 2, length: 960 },
  });
  const blocks = Array.from({ length: 100 }, (_, index) => index).flatMap((index) =>
    cutter.push({ channels: [sine(500, 44_100, 441), new Float32Array(441)], at: index * 10_000 })
  );
  assert.equal(blocks.length, 49);
  blocks.forEach(({ at, channels }, index) => {
    assert.ok(Math.abs(at - index * 20_000) < 500, `${at} at ${index}`);
    assert.ok(powerOf(channels[0]!) > 0.3);
    assert.equal(powerOf(channels[1]!), 0);
  });
});

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
