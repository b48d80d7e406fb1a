import assert from "node:assert/strict";
import fc from "fast-check";
import { type DueFrames, HEADROOM_MILLIS, Pacer } from "../../../../server/origin/sound/pacer.ts";
import type { EncodedFrame } from "../../../../shared/media/channel.ts";
import { FRAME_MILLIS, mp3Frame, START } from "../../kit.ts";

const CLOCK_RATE = 90_000;
const HOUR_FRAMES = Math.floor(3_600_000 / FRAME_MILLIS);

function frameNumber(frame: EncodedFrame): number {
  return new DataView(frame.bytes.buffer).getUint32(40);
}

/** Pushes a whole source through a pacer that is called late. @returns when each frame left. */
function play(
  pacer: Pacer,
  frameCount: number,
  lateness: (call: number) => number,
): { readonly at: number; readonly due: DueFrames }[] {
  const left: { at: number; due: DueFrames }[] = [];
  let next = 0;
  let now = START;
  const fill = () => {
    while (next < frameCount && pacer.backlog < 1000) {
      assert.equal(pacer.push(mp3Frame(next++), now), 0);
    }
  };
  fill();
  pacer.start(now);
  for (let call = 0; pacer.deadline !== undefined; call++) {
    now = Math.max(now, pacer.deadline) + lateness(call);
    for (const due of pacer.due(now)) left.push({ at: now, due });
    fill();
  }
  return left;
}

Deno.test("over an hour of sound no frame leaves early and none drifts", () => {
  const left = play(new Pacer(CLOCK_RATE), HOUR_FRAMES, () => 0);
  assert.equal(left.length, HOUR_FRAMES);
  for (const [index, { at, due }] of left.entries()) {
    // Frame k starts after exactly k * 1152 samples: rounding errors do not add up.
    assert(Math.abs(at - START - index * 1152 / 44.1) < 0.001, `frame ${index} at ${at - START}`);
    assert(Math.abs((due.ticks[0] as number) - index * 1152 * 90_000 / 44_100) < 1e-6);
  }
});

Deno.test("late calls catch up, and later frames keep their time", () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 400, noNaN: true })), (delays) => {
    const left = play(new Pacer(CLOCK_RATE), 200, (call) => delays[call] ?? 0);
    const numbers = left.flatMap(({ due }) => due.frames.map(frameNumber));
    assert.deepEqual(numbers, Array.from({ length: 200 }, (_, index) => index));
    for (const { at, due } of left) {
      const dueAt = START + frameNumber(due.frames[0]!) * FRAME_MILLIS;
      assert(at >= dueAt - 1e-3);
      assert(at - dueAt <= 400 + 1e-3);
    }
    // Once the delays are over, every frame is in time again.
    assert(Math.abs(left.at(-1)!.at - START - 199 * FRAME_MILLIS) <= 400);
  }));
});

Deno.test("with an interval, all its frames are due together at its beginning", () => {
  const left = play(new Pacer(CLOCK_RATE, 200), 500, () => 0);
  for (const { at, due } of left) {
    assert(Math.abs((at - START) % 200) < 1e-3, `left at ${at - START}`);
    for (const frame of due.frames) {
      const mediaTime = frameNumber(frame) * FRAME_MILLIS;
      assert(mediaTime >= at - START - 1e-3 && mediaTime < at - START + 200);
    }
  }
  assert.equal(left.reduce((sum, { due }) => sum + due.frames.length, 0), 500);
  assert.equal(left.length, Math.ceil(500 * FRAME_MILLIS / 200));
});

Deno.test("a frame that ends exactly with an interval belongs to that interval", () => {
  const pacer = new Pacer(48_000, 60);
  const opus = { bytes: new Uint8Array(3), sampleCount: 960, sampleRate: 48_000 };
  for (let index = 0; index < 3000; index++) pacer.push(opus, START);
  pacer.start(START);
  const groups = pacer.due(START + 1e9);
  assert(groups.every(({ frames }) => frames.length === 3));
});

Deno.test("after a late source the sound continues behind a gap that its timestamps show", () => {
  const pacer = new Pacer(CLOCK_RATE);
  for (let index = 0; index < 10; index++) pacer.push(mp3Frame(index), START);
  pacer.start(START);
  pacer.due(START + 10_000);
  const ranDryAt = 10 * FRAME_MILLIS;
  const now = START + 5000;
  const gap = pacer.push(mp3Frame(10), now);
  assert(Math.abs(gap - (5000 - ranDryAt + HEADROOM_MILLIS)) < 0.01);
  assert.equal(pacer.push(mp3Frame(11), now), 0);
  assert(Math.abs(pacer.deadline! - now - HEADROOM_MILLIS) < 0.01);
  const [tenth, eleventh] = pacer.due(now + 1000);
  assert(Math.abs((tenth!.ticks[0] as number) - (5000 + HEADROOM_MILLIS) * 90) < 1);
  const step = (eleventh!.ticks[0] as number) - (tenth!.ticks[0] as number);
  assert(Math.abs(step - 1152 * 90_000 / 44_100) < 1e-6);
});

Deno.test("frames on both sides of a gap never share a packet", () => {
  const pacer = new Pacer(CLOCK_RATE, 60_000);
  pacer.start(START);
  pacer.push(mp3Frame(0), START);
  pacer.push(mp3Frame(1), START + 10);
  pacer.push(mp3Frame(2), START + 3000);
  assert.deepEqual(pacer.due(START + 3000).map(({ frames }) => frames.length), [2, 1]);
});

Deno.test("sound that comes after the start of the broadcast makes no gap", () => {
  const pacer = new Pacer(CLOCK_RATE);
  pacer.start(START);
  assert.equal(pacer.push(mp3Frame(0), START + 800), 0);
  assert(Math.abs(pacer.deadline! - START - 800 - HEADROOM_MILLIS) < 0.01);
});

Deno.test("no frame is due before the start, and the backlog is the waiting sound", () => {
  const pacer = new Pacer(CLOCK_RATE);
  for (let index = 0; index < 4; index++) pacer.push(mp3Frame(index), START);
  assert.equal(pacer.deadline, undefined);
  assert.deepEqual(pacer.due(START + 1e9), []);
  assert(Math.abs(pacer.backlog - 4 * FRAME_MILLIS) < 0.01);
});

Deno.test("pushing a minute ahead throws", () => {
  const pacer = new Pacer(CLOCK_RATE);
  assert.throws(() => {
    for (let index = 0;; index++) pacer.push(mp3Frame(index), START);
  }, /minute of sound/);
});
