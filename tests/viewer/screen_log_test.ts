import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { RtpTicks } from "../../shared/core/units.ts";
import {
  ScreenLog,
  type ScreenLogLimits,
  type ScreenMessages,
  ScreenReader,
} from "../../viewer/screen_log.ts";

/** At 15 frames a second. */
const TICKS = 6000;

/** A frame whose parts say which frame and which part they are. */
function frame(number: number, isKey: boolean, parts = 2, length = 100): ScreenMessages {
  return {
    isKey,
    ticks: number * TICKS as RtpTicks,
    parts: Array.from({ length: parts }, (_, part) => {
      const bytes = new Uint8Array(length);
      bytes.set([number >> 8, number & 0xff, part]);
      return bytes;
    }),
  };
}

interface Taken {
  readonly frame: number;
  readonly part: number;
}

function setUp(limits: Partial<ScreenLogLimits> = {}, keyEvery = 10) {
  const log = new ScreenLog(limits);
  let dropped = 0;
  let number = 0;
  const reader = () => new ScreenReader(log, (frames) => dropped += frames);
  const take = (from: ScreenReader, most = Infinity): Taken[] => {
    const taken: Taken[] = [];
    while (taken.length < most) {
      const bytes = from.take();
      if (!bytes) break;
      taken.push({ frame: bytes[0]! << 8 | bytes[1]!, part: bytes[2]! });
    }
    return taken;
  };
  return {
    log,
    reader,
    take,
    framesOf: (from: ScreenReader) =>
      take(from).filter(({ part }) => part === 0).map(({ frame }) => frame),
    push(count = 1, parts = 2, length = 100) {
      for (; count > 0; count--, number++) {
        log.push(frame(number, number % keyEvery === 0, parts, length));
      }
    },
    get dropped() {
      return dropped;
    },
  };
}

Deno.test("a page gets every part of every frame in order", () => {
  const { reader, take, push } = setUp();
  const page = reader();
  assert.ok(page.isEmpty);
  const taken: Taken[] = [];
  for (let round = 0; round < 50; round++) {
    push();
    assert.ok(!page.isEmpty);
    taken.push(...take(page));
    assert.ok(page.isEmpty);
  }
  const expected = Array.from({ length: 100 }, (_, at) => ({ frame: at >> 1, part: at & 1 }));
  assert.deepEqual(taken, expected);
});

Deno.test("a page that opens late begins with the last key frame, and that is no loss", () => {
  const scene = setUp();
  scene.push(27);
  const page = scene.reader();
  assert.deepEqual(scene.framesOf(page), [20, 21, 22, 23, 24, 25, 26]);
  scene.push(2);
  assert.deepEqual(scene.framesOf(page), [27, 28]);
  assert.equal(scene.dropped, 0);
});

Deno.test("a page that opens before the first key frame waits for it", () => {
  const { log, reader, framesOf } = setUp();
  const page = reader();
  log.push(frame(1, false));
  log.push(frame(2, false));
  assert.ok(page.isEmpty);
  assert.equal(page.take(), undefined);
  log.push(frame(3, true));
  log.push(frame(4, false));
  assert.deepEqual(framesOf(page), [3, 4]);
});

Deno.test("a page further behind than a second goes on at the newest key frame; one less behind misses nothing", () => {
  const scene = setUp();
  const [slow, slower] = [scene.reader(), scene.reader()];
  scene.push(6);
  assert.equal(scene.take(slow, 12).length, 12);
  assert.equal(scene.take(slower, 3).at(-1)!.frame, 1);
  // Fifteen frames are a second.
  scene.push(15);
  assert.deepEqual(scene.framesOf(slow), Array.from({ length: 15 }, (_, at) => 6 + at));
  assert.equal(scene.dropped, 0);
  assert.deepEqual(scene.take(slower), [{ frame: 20, part: 0 }, { frame: 20, part: 1 }]);
  assert.equal(scene.dropped, 19);
});

Deno.test("within one group a page may be as far behind as the log reaches", () => {
  const scene = setUp({}, 1000);
  const page = scene.reader();
  scene.push(300);
  assert.equal(scene.framesOf(page).length, 300);
  assert.equal(scene.dropped, 0);
});

Deno.test("what is older than a second before the key frame is forgotten", () => {
  const { log, push } = setUp({}, 100);
  push(100);
  assert.deepEqual([log.start, log.end], [0, 100]);
  push();
  assert.deepEqual([log.start, log.key, log.end], [85, 100, 101]);
});

Deno.test("a group larger than the log is not replayed, and who follows it loses nothing", () => {
  const scene = setUp({ maxBytes: 2000 }, 1000);
  const fast = scene.reader();
  const seen: number[] = [];
  for (let round = 0; round < 30; round++) {
    scene.push();
    seen.push(...scene.framesOf(fast));
    assert.ok(scene.log.bytes <= 2000);
  }
  assert.deepEqual(seen, [...seen.keys()]);
  assert.equal(seen.length, 30);
  const late = scene.reader();
  assert.ok(late.isEmpty);
  scene.log.push(frame(5000, true));
  assert.deepEqual(scene.framesOf(late), [5000]);
});

Deno.test("the number of frames is bounded too", () => {
  const { log, push } = setUp({ maxFrames: 50 }, 1000);
  push(200, 1, 3);
  assert.equal(log.end - log.start, 50);
});

Deno.test("the largest frame does not push itself out, and a page gets it whole", () => {
  const { log, reader, take } = setUp({ maxBytes: 1000 });
  const page = reader();
  log.push(frame(0, true, 40, 100));
  assert.equal(take(page).length, 40);
  log.push(frame(1, false));
  assert.ok(log.bytes <= 1000);
});

Deno.test("a stalled page costs no memory of its own, and goes on with the next key frame", () => {
  const scene = setUp({ maxBytes: 5000 }, 100);
  const [stalled, fast] = [scene.reader(), scene.reader()];
  scene.push();
  scene.take(stalled, 1);
  let seen = scene.framesOf(fast).length;
  for (let round = 0; round < 150; round++) {
    scene.push();
    seen += scene.framesOf(fast).length;
    assert.ok(scene.log.bytes <= 5000);
  }
  assert.equal(seen, 151);
  assert.equal(scene.dropped, 0);
  // The newest key frame, 100, is out of the log by now.
  assert.ok(stalled.isEmpty);
  scene.push(60);
  assert.deepEqual(scene.framesOf(stalled), [
    200,
    201,
    202,
    203,
    204,
    205,
    206,
    207,
    208,
    209,
    210,
  ]);
  assert.equal(scene.dropped, 200);
});

Deno.test("after the end of sharing a new page waits, and one that had everything misses nothing", () => {
  const scene = setUp();
  const page = scene.reader();
  scene.push(13);
  assert.deepEqual(scene.framesOf(page), [10, 11, 12]);
  scene.log.clear();
  assert.equal(scene.log.bytes, 0);
  const late = scene.reader();
  scene.push(2);
  assert.deepEqual(scene.framesOf(page), [13, 14]);
  assert.ok(late.isEmpty);
  scene.push(6);
  assert.deepEqual(scene.framesOf(late), [20]);
});

Deno.test("whatever a page does, it gets whole frames that follow each other, or begins at a key frame", () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant("push" as const),
      isKey: fc.boolean(),
      parts: fc.integer({ min: 1, max: 6 }),
      gap: fc.integer({ min: 0, max: 40 }),
    }),
    fc.record({ do: fc.constant("take" as const), count: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant("clear" as const) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
    let dropped = 0;
    const log = new ScreenLog({ maxBytes: 3000, maxFrames: 20 });
    const page = new ScreenReader(log, (frames) => dropped += frames);
    const sent: { isKey: boolean; parts: number }[] = [];
    const whole: number[] = [];
    let ticks = 0;
    let open: Taken | undefined;
    for (const one of steps) {
      if (one.do === "clear") log.clear();
      if (one.do === "push") {
        ticks += one.gap * TICKS;
        const { isKey, parts } = frame(sent.length, one.isKey, one.parts);
        log.push({ isKey, parts, ticks: ticks as RtpTicks });
        sent.push({ isKey, parts: one.parts });
        assert.ok(log.bytes <= 3000 || log.end - log.start === 1);
        assert.ok(log.end - log.start <= 20);
      }
      for (let left = one.do === "take" ? one.count : 0; left > 0; left--) {
        const wasEmpty = page.isEmpty;
        const bytes = page.take();
        assert.equal(bytes === undefined, wasEmpty);
        if (!bytes) break;
        const [number, part] = [bytes[0]! << 8 | bytes[1]!, bytes[2]!];
        if (part > 0) assert.deepEqual(open, { frame: number, part: part - 1 });
        else {
          const follows = whole.at(-1) === number - 1;
          assert.ok(follows || sent[number]!.isKey, `${number} after ${whole.at(-1)}`);
        }
        open = { frame: number, part };
        if (part === sent[number]!.parts - 1) whole.push(number);
      }
    }
    const skipped = (whole.at(-1) ?? -1) + 1 - whole.length - (whole[0] ?? 0);
    assert.ok(dropped >= skipped, `${dropped} counted of ${skipped}`);
  }));
});
