import assert from "node:assert/strict";
import * as fc from "fast-check";
import { BlockCutter } from "../../../../../server/studio/web/sound/block_cutter.ts";
import { powerOf, sine } from "./tones.ts";

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
