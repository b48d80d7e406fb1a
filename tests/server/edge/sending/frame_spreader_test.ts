import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameSpreader } from "../../../../server/edge/sending/frame_spreader.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { START } from "../../kit.ts";

const PACKET_BYTES = 1140;

interface Left {
  readonly packet: number;
  readonly at: Millis;
}

/** A bucket, and when each packet left that was numbered as it came. */
function open() {
  const spreader = new FrameSpreader<number>(90_000);
  const left: Left[] = [];
  let pushed = 0;
  let ticks = 0;
  const advance = (now: Millis) => {
    for (const packet of spreader.due(now)) left.push({ packet, at: now });
  };
  /** Lets time pass up to `until`, and wakes when it must, later by `lateness`. */
  const run = (until: Millis, lateness: () => number = () => 0) => {
    while (spreader.deadline <= until) advance((spreader.deadline as number) + lateness());
  };
  const push = (bytes: number, now: Millis, step = 3000) => {
    ticks += step;
    const count = Math.max(1, Math.ceil(bytes / PACKET_BYTES));
    for (let at = 0; at < count; at++) {
      const size = Math.min(PACKET_BYTES, bytes - at * PACKET_BYTES);
      spreader.push({ packet: pushed++, bytes: size, ticks, isLast: at === count - 1 }, now);
    }
    advance(now);
    return count;
  };
  return { spreader, left, push, run };
}

Deno.test("a small frame leaves at once", () => {
  const { left, push, run } = open();
  for (let frame = 0; frame < 90; frame++) {
    const now = START + frame * 1000 / 30;
    run(now);
    push(6000, now);
  }
  run(START + 10_000);
  assert.equal(left.length, 90 * 6);
  assert(left.every(({ packet, at }) => at === START + Math.floor(packet / 6) * 1000 / 30));
});

Deno.test("a key frame of 120 kB leaves within 100 ms, in steps of at most 5 ms", () => {
  const { left, push, run, spreader } = open();
  push(120_000, START);
  assert(left.length < 14, "the first packets leave at once, not all");
  run(START + 1000);
  assert.equal(spreader.count, 0);
  const took = left.at(-1)!.at - START;
  assert(took > 80 && took <= 100, `${took} ms`);
  const times = [...new Set(left.map(({ at }) => at as number))];
  const steps = times.slice(1).map((at, index) => at - times[index]!);
  assert(steps.every((step) => step <= 6 + 1e-9), `${steps}`);
});

Deno.test("with few frames a second a key frame takes 60 % of a frame's time", () => {
  const { left, push, run } = open();
  // Two frames a second.
  for (let frame = 0; frame < 6; frame++) {
    run(START + frame * 500);
    push(3000, START + frame * 500, 45_000);
  }
  const before = left.length;
  push(120_000, START + 3000, 45_000);
  run(START + 5000);
  assert(left.length > before + 100);
  const took = left.at(-1)!.at - START - 3000;
  assert(took > 270 && took <= 300, `${took} ms`);
});

Deno.test("the largest frame has left after a second", () => {
  const { left, push, run } = open();
  const count = push(4_600_000, START);
  run(START + 10_000);
  assert.equal(left.length, count);
  const took = left.at(-1)!.at - START;
  assert(took > 900 && took <= 1010, `${took} ms`);
});

Deno.test("a step that comes late delays no later one", () => {
  const { left, push, run } = open();
  push(120_000, START);
  let calls = 0;
  run(START + 1000, () => calls++ === 3 ? 60 : 0);
  const took = left.at(-1)!.at - START;
  assert(took <= 100, `${took} ms`);
});

Deno.test("what waits is bounded: beyond that it leaves as fast as the network can take it", () => {
  const { left, push, run, spreader } = open();
  for (let frame = 0; frame < 12; frame++) push(4_600_000, START);
  const count = spreader.count + left.length;
  run(START + count / 256 + 1);
  assert.equal(left.length, count);
  // More leaves at the first moment alone, for which the frames came one after the other.
  const steps = Map.groupBy(left, ({ at }) => at);
  for (const [at, step] of steps) assert(step.length <= 256 || at === START);
  assert(steps.get(START)!.length < 800);
});

Deno.test("after a standstill not all that is due leaves at once, but very soon", () => {
  const { left, push, run, spreader } = open();
  push(2_000_000, START);
  run(START + 100);
  assert(left.length < 300);
  let calls = 0;
  run(START + 3000, () => calls++ === 0 ? 2000 : 0);
  assert.equal(spreader.count, 0);
  const steps = Map.groupBy(left, ({ at }) => at);
  for (const step of steps.values()) assert(step.length <= 256);
  const stillAt = left.find(({ at }) => at > START + 1000)!.at;
  assert(left.at(-1)!.at - stillAt < 10);
});

Deno.test("all that waits can be taken", () => {
  const { push, spreader, left } = open();
  const count = push(400_000, START);
  const rest = spreader.takeAll();
  assert.deepEqual([...left.map(({ packet }) => packet), ...rest], [...Array(count).keys()]);
  assert.deepEqual([spreader.count, spreader.deadline], [0, Infinity]);
});

Deno.test("in any order of frames and time, all packets leave in their order, none late by more than a second", () => {
  const frames = fc.array(
    fc.record({ bytes: fc.oneof(fc.nat(3000), fc.nat(400_000)), wait: fc.nat(200) }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(fc.property(frames, (all) => {
    const { left, push, run, spreader } = open();
    let now: number = START;
    const cameAt: number[] = [];
    for (const { bytes, wait } of all) {
      run(now);
      const count = push(Math.max(bytes, 1), now);
      cameAt.push(...Array(count).fill(now));
      now += wait;
    }
    run(now + 100_000);
    assert.equal(spreader.count, 0);
    assert.deepEqual(left.map(({ packet }) => packet), cameAt.map((_at, index) => index));
    for (const [index, { at }] of left.entries()) {
      const waited = at - cameAt[index]!;
      assert(waited >= 0 && waited <= 1100, `${waited} ms`);
    }
  }));
});
