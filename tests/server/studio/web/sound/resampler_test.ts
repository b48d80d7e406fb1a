import assert from "node:assert/strict";
import { Resampler } from "../../../../../server/studio/web/sound/resampler.ts";
import { powerOf, sine } from "./tones.ts";

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
