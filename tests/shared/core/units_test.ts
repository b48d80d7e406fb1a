import assert from "node:assert/strict";
import fc from "fast-check";
import { millisToTicks, ticksToMillis } from "../../../shared/core/units.ts";
import { runs } from "../../runs.ts";

Deno.test("an MP3 frame of 1152 samples at 44.1 kHz, on the 90 kHz clock", () => {
  assert.equal(millisToTicks(1152 / 44.1, 90_000), 2351);
  assert.ok(Math.abs(ticksToMillis(2351, 90_000) - 26.122) < 0.001);
});

Deno.test("one clock's ticks are its rate in a second", () => {
  for (const rate of [1000, 8000, 44_100, 48_000, 90_000]) {
    assert.equal(ticksToMillis(rate, rate), 1000);
    assert.equal(millisToTicks(1000, rate), rate);
    assert.equal(millisToTicks(-1000, rate), -rate);
  }
});

Deno.test("ticks survive the way through milliseconds, for years", () => {
  const rate = fc.constantFrom(1000, 48_000, 90_000);
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: 1e13 }), rate, (ticks, clockRate) => {
      assert.equal(millisToTicks(ticksToMillis(ticks, clockRate), clockRate), ticks);
    }),
    runs(500),
  );
});
