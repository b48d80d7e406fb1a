import assert from "node:assert/strict";
import { LevelMeter, SILENCE } from "../../../../../server/studio/web/sound/level_meter.ts";

const LENGTH = 960;

function tone(amplitude: number): Float32Array[] {
  return [
    Float32Array.from({ length: LENGTH }, (_, at) => amplitude * Math.sin(at * Math.PI / 24)),
  ];
}

/** A meter with its own time, 20 ms a block. */
class Listening {
  readonly meter = new LevelMeter();
  now = 1000;

  hear(channels: readonly Float32Array[], seconds = 0.02): void {
    for (let block = 0; block < Math.round(seconds * 50); block++) {
      this.now += 20;
      this.meter.push(channels, this.now);
    }
  }

  get level() {
    return this.meter.level;
  }
}

function about(actual: number, expected: number, tolerance = 0.05): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected}`);
}

Deno.test("a sine is measured: its peak, and its power 3 dB below", () => {
  for (const [amplitude, peak] of [[1, 0], [0.5, -6.02], [0.01, -40]] as const) {
    const listening = new Listening();
    listening.hear(tone(amplitude));
    about(listening.level.peak, peak);
    about(listening.level.rms, peak - 3.01);
  }
});

Deno.test("the loudest channel gives the peak", () => {
  const listening = new Listening();
  listening.hear([...tone(0.1), ...tone(0.5)]);
  about(listening.level.peak, -6.02);
});

Deno.test("the peak falls slowly, and its hold stays for a second and a half", () => {
  const listening = new Listening();
  listening.hear(tone(0.5));
  listening.hear(tone(0), 1);
  about(listening.level.peak, -6.02 - 24);
  about(listening.level.hold, -6.02);
  assert.equal(listening.level.rms, SILENCE);
  listening.hear(tone(0), 0.6);
  about(listening.level.hold, listening.level.peak, 2.5);
  listening.hear(tone(0), 10);
  assert.equal(listening.level.peak, SILENCE);
  assert.equal(listening.level.hold, SILENCE);
});

Deno.test("clipping is three samples in a row at the end of the scale, and stays to be seen", () => {
  const clipped = (count: number) => [new Float32Array(LENGTH).fill(1, 10, 10 + count)];
  const listening = new Listening();
  listening.hear(clipped(2));
  listening.hear(tone(0.998));
  assert.equal(listening.level.isClipping, false);
  listening.hear(clipped(3));
  assert.equal(listening.level.isClipping, true);
  listening.hear(tone(0), 1.9);
  assert.equal(listening.level.isClipping, true);
  listening.hear(tone(0), 0.2);
  assert.equal(listening.level.isClipping, false);
  listening.hear([new Float32Array(LENGTH).fill(-1)]);
  assert.equal(listening.level.isClipping, true, "at either end");
});

Deno.test("ten seconds of silence alarm, noise of a bad cable too, and the first sound ends it", () => {
  const listening = new Listening();
  assert.equal(listening.level.isSilent, false, "nothing was heard yet");
  listening.hear(tone(0.0005), 9.9);
  assert.equal(listening.level.isSilent, false);
  listening.hear(tone(0.0005), 0.2);
  assert.equal(listening.level.isSilent, true);
  listening.hear(tone(0.02));
  assert.equal(listening.level.isSilent, false);
});

Deno.test("no samples at all are silence", () => {
  const listening = new Listening();
  listening.hear([]);
  listening.hear([new Float32Array()]);
  assert.deepEqual([listening.level.peak, listening.level.rms], [SILENCE, SILENCE]);
});
