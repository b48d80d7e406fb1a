import assert from "node:assert/strict";
import * as fc from "fast-check";
import { SampleRing } from "../../../viewer/web/player/sample_ring.ts";
import { runs } from "../../runs.ts";

const RATE = 48_000;
const QUANTUM = 128;
/** 60 ms. */
const FIRST_TARGET = 2880;

function createRing(channelCount = 1): SampleRing {
  return new SampleRing({ channelCount, sampleRate: RATE });
}

function read(ring: SampleRing, length = QUANTUM): Float32Array {
  const output = new Float32Array(length);
  ring.read([output]);
  return output;
}

const loud = (length: number, value = 0.5) => [new Float32Array(length).fill(value)];

Deno.test("it is silent until it holds its target", () => {
  const ring = createRing();
  ring.write(loud(FIRST_TARGET - 1));
  assert.ok(read(ring).every((sample) => sample === 0));
  assert.equal(ring.buffered, FIRST_TARGET - 1);
  ring.write(loud(1));
  read(ring, 1000);
  assert.ok(Math.abs(read(ring)[0]! - 0.5) < 1e-6);
});

Deno.test("near its target it plays every sample as it came", () => {
  const ring = createRing();
  const ramp = Float32Array.from({ length: 4000 }, (_, index) => index / 4000);
  ring.write([ramp]);
  const played = [...read(ring, 512), ...read(ring, 512)];
  // After the fade-in of 5 ms.
  assert.deepEqual(played.slice(300), [...ramp.slice(300, 1024)]);
});

Deno.test("when it runs out it fades without a click, counts it, and holds more from then on", () => {
  const ring = createRing();
  ring.write(loud(FIRST_TARGET));
  const played = Array.from({ length: 40 }, () => [...read(ring)]).flat();
  assert.equal(ring.underruns, 1);
  assert.ok(ring.target > FIRST_TARGET);
  const steps = played.slice(1).map((sample, index) => Math.abs(sample - played[index]!));
  assert.ok(Math.max(...steps) < 0.01, `a step of ${Math.max(...steps)}`);
  assert.equal(played.at(-1), 0);
});

Deno.test("a gap takes its time: the sound fades out, then in again, and nothing clicks", () => {
  const ring = createRing();
  ring.write(loud(FIRST_TARGET));
  ring.writeGap(RATE / 25);
  ring.write(loud(1000));
  const played = Array.from({ length: 38 }, () => [...read(ring)]).flat().slice(400);
  const silence = played.filter((sample) => sample === 0).length;
  // 40 ms, of which 20 fade out; the first sample after it is still at nothing.
  assert.equal(silence, RATE / 50 + 1);
  const steps = played.slice(1).map((sample, index) => Math.abs(sample - played[index]!));
  assert.ok(Math.max(...steps) < 0.01, `a step of ${Math.max(...steps)}`);
  assert.equal(ring.underruns, 0);
});

Deno.test("a target that was raised comes down again when all is well, and no further", () => {
  const ring = createRing();
  ring.write(loud(FIRST_TARGET));
  for (let quantum = 0; quantum < 40; quantum++) read(ring);
  const raised = ring.target;
  for (let quantum = 0; quantum < 120 * RATE / QUANTUM; quantum++) {
    ring.write(loud(QUANTUM));
    read(ring);
  }
  assert.ok(raised > FIRST_TARGET);
  assert.equal(ring.target, FIRST_TARGET);
});

Deno.test("clocks that differ by 0.02 % are followed for ten minutes without a hole", () => {
  for (const drift of [0.9998, 1.0002]) {
    const ring = createRing();
    let owed = FIRST_TARGET + 200;
    for (let quantum = 0; quantum < 10 * 60 * RATE / QUANTUM; quantum++) {
      owed += QUANTUM * drift;
      // One MP3 frame at a time, as they come from the decoder.
      while (owed >= 1152) {
        ring.write(loud(1152));
        owed -= 1152;
      }
      read(ring);
      assert.ok(ring.buffered < RATE * 0.3, "it grew without end");
    }
    assert.ok(ring.underruns <= 1, `${ring.underruns} holes at ${drift}`);
  }
});

Deno.test("lumps as long as a packet are bridged from the start", () => {
  const ring = createRing();
  const lump = RATE / 5;
  ring.expectLumps(lump);
  ring.write(loud(lump));
  ring.write(loud(lump));
  for (let quantum = 1; quantum <= 5 * RATE / QUANTUM; quantum++) {
    if (quantum % (lump / QUANTUM) === 0) ring.write(loud(lump));
    read(ring);
  }
  assert.equal(ring.underruns, 0);
});

Deno.test("what comes in a flood is cut to the target, and a flush empties it", () => {
  const ring = createRing();
  ring.write(loud(RATE));
  assert.equal(ring.buffered, ring.target);
  ring.flush();
  assert.equal(ring.buffered, 0);
  assert.ok(read(ring).every((sample) => sample === 0));
});

Deno.test("mono sound fills both ears", () => {
  const ring = createRing(2);
  ring.write(loud(FIRST_TARGET));
  const [left, right] = [new Float32Array(1000), new Float32Array(1000)];
  ring.read([left, right]);
  assert.deepEqual(left, right);
  assert.ok(Math.abs(left[999]! - 0.5) < 1e-6);
});

Deno.test("whatever comes and goes, the output is bounded and never NaN", () => {
  const step = fc.oneof(
    fc.record({ write: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ gap: fc.integer({ min: -10, max: 200_000 }) }),
    fc.record({ read: fc.integer({ min: 1, max: 100 }) }),
    fc.constant({ flush: true }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ring = createRing();
      for (const one of steps) {
        if ("write" in one) ring.write(loud(one.write, 1));
        else if ("gap" in one) ring.writeGap(one.gap);
        else if ("flush" in one) ring.flush();
        else {
          for (let quantum = 0; quantum < one.read; quantum++) {
            for (const sample of read(ring)) assert.ok(sample >= 0 && sample <= 1.000001);
          }
        }
        assert.ok(ring.buffered >= 0 && ring.buffered <= 2 * RATE);
      }
    }),
    runs(50),
  );
});
