import assert from "node:assert/strict";
import fc from "fast-check";
import type { EncodedPicture } from "../../../../server/origin/screen/picture.ts";
import { HEADROOM_MILLIS, PicturePacer } from "../../../../server/origin/screen/picture_pacer.ts";
import { START } from "../../kit.ts";

const STEP = 3000;
const STEP_MILLIS = STEP / 90;

function pictureAt(ticks: number, isKey = false, bytes = 10): EncodedPicture {
  return { bytes: new Uint8Array(bytes), ticks, isKey, gapBefore: false };
}

/** Decoding order of a stream with two B pictures between the others: 0 3 1 2 6 4 5 9 … */
function reordered(count: number): number[] {
  const order = [0];
  for (let last = 0; order.length < count; last += 3) order.push(last + 3, last + 1, last + 2);
  return order.slice(0, count);
}

Deno.test("over an hour every picture leaves at its own time, in decoding order", () => {
  const pacer = new PicturePacer();
  let now = START;
  let [next, left] = [0, 0];
  const fill = () => {
    while (pacer.backlog < 1000) {
      assert.deepEqual(pacer.push(pictureAt(500 + STEP * next++), now), {});
    }
  };
  fill();
  pacer.start(now);
  while (now < START + 3_600_000) {
    now = pacer.deadline as number;
    for (const { ticks } of pacer.due(now)) {
      assert.equal(ticks, left * STEP);
      assert(Math.abs(now - START - left++ * STEP_MILLIS) < 1e-3);
    }
    fill();
  }
  assert.equal(left, 3600 * 30 + 1);
});

Deno.test("pictures that are shown later leave with the first that is shown before them", () => {
  const pacer = new PicturePacer();
  const order = reordered(31);
  for (const at of order) pacer.push(pictureAt(at * STEP), START);
  pacer.start(START);
  const left: number[] = [];
  const times: number[] = [];
  while (pacer.deadline < Infinity) {
    const now = pacer.deadline as number;
    for (const { ticks } of pacer.due(now)) {
      left.push((ticks as number) / STEP);
      times.push(Math.round((now - START) / STEP_MILLIS));
    }
  }
  assert.deepEqual(left, order);
  assert.deepEqual(times.slice(0, 7), [0, 1, 1, 2, 4, 4, 5]);
});

Deno.test("whatever the times of a source, all its pictures leave in their order, and time only rises", () => {
  const steps = fc.array(
    fc.oneof(
      fc.constantFrom(
        STEP,
        STEP,
        STEP,
        0,
        1,
        -STEP,
        3 * STEP,
        -90_000 * 60,
        90_000 * 3600,
        2 ** 33,
      ),
      fc.integer({ min: -100_000, max: 100_000 }),
    ),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(fc.property(steps, fc.array(fc.nat(200)), fc.nat(2 ** 40), (all, delays, first) => {
    const pacer = new PicturePacer();
    let [ticks, now, pushed, left] = [first, START as number, 0, 0];
    pacer.start(now);
    for (const [index, step] of all.entries()) {
      ticks += step;
      pacer.push(pictureAt(ticks, false, 10 + index), now);
      pushed++;
      now += delays[index] ?? 0;
      for (const { picture } of pacer.due(now)) {
        assert.equal((picture as { bytes: Uint8Array }).bytes.length, 10 + left++);
      }
      const deadline = pacer.deadline as number;
      assert(deadline > now);
      // Nothing waits for longer than the longest pause, times the pictures that may be misplaced.
      assert(deadline === Infinity || deadline < now + 600_000 + 60_000);
    }
    while (pacer.deadline < Infinity) {
      now = pacer.deadline as number;
      left += pacer.due(now).length;
    }
    assert.equal(left, pushed);
    assert.equal(pacer.backlog, 0);
    assert((pacer.endsAt as number) < Infinity);
  }));
});

Deno.test("after a late source the pictures go on behind a gap, with a reserve", () => {
  const pacer = new PicturePacer();
  for (let index = 0; index < 10; index++) pacer.push(pictureAt(index * STEP), START);
  pacer.start(START);
  assert.equal(pacer.due(START + 2000).length, 10);
  const { gap } = pacer.push(pictureAt(10 * STEP), START + 2000);
  assert(Math.abs((gap as number) - (2000 - 10 * STEP_MILLIS + HEADROOM_MILLIS)) < 1);
  assert.deepEqual(pacer.push(pictureAt(11 * STEP), START + 2000), {});
  assert(Math.abs((pacer.deadline as number) - START - 2000 - HEADROOM_MILLIS) < 1);
  const [tenth, eleventh] = pacer.due(START + 3000);
  assert.equal((eleventh!.ticks as number) - (tenth!.ticks as number), STEP);
});

Deno.test("a pause of the source is no fault: the next picture has its own time", () => {
  const pacer = new PicturePacer();
  for (const at of [0, STEP, 2 * STEP]) pacer.push(pictureAt(at), START);
  pacer.start(START);
  pacer.due(START + 1000);
  // A still screen for two minutes; it comes a little before it is due.
  assert.deepEqual(pacer.push(pictureAt(120 * 90_000), START + 119_900), {});
  assert.equal(pacer.deadline, START + 120_000);
});

Deno.test("times that go back, stand still or jump are replaced, and each is told", () => {
  const pacer = new PicturePacer();
  pacer.start(START);
  for (let index = 0; index < 30; index++) pacer.push(pictureAt(index * STEP), START);
  assert.deepEqual(pacer.push(pictureAt(29 * STEP), START), { isMisplaced: true });
  assert.deepEqual(pacer.push(pictureAt(30 * STEP), START), {});
  assert.deepEqual(pacer.push(pictureAt(-90_000 * 3600), START), { isMisplaced: true });
  assert.deepEqual(pacer.push(pictureAt(90_000 * 3600 * 20), START), { isMisplaced: true });
  const ticks: number[] = pacer.due(START + 60_000).map((due) => due.ticks as number);
  const steps = ticks.slice(1).map((at, index) => at - ticks[index]!);
  assert.deepEqual(new Set(steps), new Set([STEP]));
});

Deno.test("a source without times is sent at 30 a second", () => {
  const pacer = new PicturePacer();
  pacer.start(START);
  for (let index = 0; index < 61; index++) pacer.push(pictureAt(0), START);
  const ticks = pacer.due(START + 60_000).map((due) => due.ticks as number);
  assert.equal(ticks.at(-1)! - ticks[0]!, 60 * STEP);
});

Deno.test("a screen that comes after the start of the broadcast makes no gap", () => {
  const pacer = new PicturePacer();
  pacer.start(START);
  assert.deepEqual(pacer.push(pictureAt(77_777), START + 800), {});
  assert(Math.abs((pacer.deadline as number) - START - 800 - HEADROOM_MILLIS) < 0.1);
});

Deno.test("large pictures count as a backlog, so that a source does not fill the memory", () => {
  const pacer = new PicturePacer();
  for (let index = 0; index < 4; index++) {
    pacer.push(pictureAt(index * STEP, false, 4 << 20), START);
  }
  assert.equal(pacer.backlog, 2000);
  const fill = () => {
    for (let index = 4; index < 100; index++) {
      pacer.push(pictureAt(index * STEP, false, 4 << 20), START);
    }
  };
  assert.throws(fill, /look at the backlog/);
});

Deno.test("a push without end is refused", () => {
  const pacer = new PicturePacer();
  const push = () => {
    for (let index = 0; index < 3000; index++) pacer.push(pictureAt(index * STEP), START);
  };
  assert.throws(push, /A minute of pictures/);
});
