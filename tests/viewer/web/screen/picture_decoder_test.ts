import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { PageFrame } from "../../../../shared/page/page_frame.ts";
import { readKeyFrame } from "../../../../viewer/web/screen/decoder_config.ts";
import { PictureDecoder } from "../../../../viewer/web/screen/picture_decoder.ts";
import { fakeDecoders, FakePicture, vp8 } from "./fake_decoder.ts";

function setUp() {
  const { made, create } = fakeDecoders();
  const shown: number[] = [];
  const waiting: boolean[] = [];
  const sizes: string[] = [];
  let failures = 0;
  const decoder = new PictureDecoder({
    create,
    onPicture(picture) {
      shown.push(picture.timestamp);
      picture.close();
    },
    onKeyFrame: ({ config: { codec }, width, height }) => sizes.push(`${codec} ${width}x${height}`),
    onWaiting: (isWaiting) => waiting.push(isWaiting),
    onFailure: () => failures++,
  });
  return {
    decoder,
    made,
    shown,
    waiting,
    sizes,
    get failures() {
      return failures;
    },
    push: (...frames: PageFrame[]) => frames.forEach((frame) => decoder.push(frame)),
  };
}

/** From x264, 1280 x 720, marked as BT.709. */
const TAGGED = "6742c01fd9005005bb016a02020280000003008000000f078c1924";
const times = (...numbers: number[]) => numbers.map((number) => Math.round(number * 1e6 / 15));
const deltas = (from: number, count: number, length = 20) =>
  Array.from({ length: count }, (_, at) => vp8(from + at, false, length));

Deno.test("decoding begins with a key frame, whatever comes before", () => {
  const { decoder, made, shown, sizes, push } = setUp();
  push(vp8(1), vp8(2));
  assert.equal(made.length, 0);
  push(vp8(3, true), vp8(4));
  made[0]!.run();
  assert.deepEqual(shown, times(3, 4));
  assert.deepEqual(sizes, ["vp8 320x240"]);
  assert.deepEqual(made[0]!.configs, [{
    codec: "vp8",
    optimizeForLatency: true,
    colorSpace: { primaries: "bt709", transfer: "bt709", matrix: "smpte170m", fullRange: false },
  }]);
  assert.equal(decoder.framesDropped, 2);
});

Deno.test("H.264 is configured by its own parameter sets, again only when they change", () => {
  const { made, sizes, push } = setUp();
  // 320 x 240, Constrained Baseline, level 1.3; then the same picture at level 3.1.
  const sps = (
    level: number,
  ) => [0, 0, 0, 1, 0x67, 0x42, 0xc0, level, 0xd9, 0x01, 0x41, 0xfb, 0x01, 0x10];
  const key = (level: number): PageFrame => ({
    ...vp8(1, true),
    codec: "h264",
    bytes: Uint8Array.of(...sps(level), 0, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 0x65, 1, 2, 3),
  });
  push(key(0x0d), key(0x0d), key(0x1f));
  assert.deepEqual(made[0]!.configs.map(({ codec }) => codec), ["avc1.42c00d", "avc1.42c01f"]);
  assert.equal(sizes.length, 3);
  assert.ok(made[0]!.configs.every((config) => config.description === undefined));
});

Deno.test("a key frame that does not say its size starts nothing", () => {
  const { decoder, made, push } = setUp();
  push({ ...vp8(1, true), bytes: Uint8Array.of(0x10, 0, 0) });
  push({ ...vp8(2, true), codec: "h264" });
  push(vp8(3));
  assert.equal(made.length, 0);
  assert.equal(decoder.framesDropped, 3);
});

Deno.test("after an error the next key frame is shown, by a new decoder, and nothing before it", () => {
  const scene = setUp();
  const { made, shown, waiting, push } = scene;
  push(vp8(1, true), vp8(2));
  made[0]!.run();
  push(vp8(3), vp8(4));
  made[0]!.fail("EncodingError");
  push(vp8(5), vp8(6, true), vp8(7));
  assert.equal(made.length, 2);
  made[1]!.run();
  assert.deepEqual(shown, times(1, 2, 6, 7));
  assert.deepEqual(waiting, [false, true, false]);
  assert.equal(scene.failures, 0);
  assert.equal(scene.decoder.framesDropped, 3);
});

Deno.test("a codec that the browser does not have is told at once, a decoder that always fails after some tries", () => {
  const missing = setUp();
  missing.push(vp8(1, true));
  missing.made[0]!.fail("NotSupportedError");
  assert.equal(missing.failures, 1);

  const broken = setUp();
  for (let number = 0; number < 3; number++) {
    broken.push(vp8(number, true));
    broken.made.at(-1)!.fail("EncodingError");
    assert.equal(broken.failures, 0);
  }
  broken.push(vp8(3, true));
  broken.made.at(-1)!.run();
  broken.push(vp8(4, true));
  broken.made.at(-1)!.fail("EncodingError");
  assert.equal(broken.failures, 0, "a picture in between counts");
  for (let number = 5; number < 9; number++) {
    broken.push(vp8(number, true));
    if (broken.made.at(-1)!.state !== "closed") broken.made.at(-1)!.fail("EncodingError");
  }
  assert.ok(broken.failures > 0);
});

Deno.test("a machine that is too slow goes on at a key frame, without what waited", () => {
  const { decoder, made, shown, push } = setUp();
  push(vp8(0, true), ...deltas(1, 20), vp8(21, true));
  assert.equal(made.length, 1, "a few that wait are no reason");
  push(...deltas(22, 20), vp8(42, true), vp8(43));
  assert.equal(made.length, 2);
  assert.equal(made[0]!.state, "closed");
  made[1]!.run();
  assert.deepEqual(shown, times(42, 43));
  assert.equal(decoder.framesDropped, 42);
});

Deno.test("what waits is bounded in bytes: then all is dropped until the next key frame", () => {
  const { decoder, waiting, made, shown, push } = setUp();
  const megabyte = 1024 * 1024;
  push(vp8(0, true), ...deltas(1, 15, megabyte));
  assert.equal(decoder.waiting, 16);
  push(...deltas(16, 2, megabyte));
  assert.equal(decoder.waiting, 0);
  assert.deepEqual(waiting, [false, true]);
  push(vp8(18), vp8(19, true));
  made.at(-1)!.run();
  assert.deepEqual(shown, times(19));
  assert.equal(decoder.framesDropped, 19);
});

Deno.test("frames that were decoded make room", () => {
  const { made, shown, push } = setUp();
  push(vp8(0, true));
  for (let number = 1; number < 100; number++) {
    push(vp8(number, false, 1024 * 1024));
    if (number % 10 === 0) made[0]!.run();
  }
  made[0]!.run();
  assert.equal(shown.length, 100);
});

Deno.test("pictures of a decoder that was closed are closed and not shown", () => {
  const { decoder, made, shown, push } = setUp();
  push(vp8(0, true));
  const open = FakePicture.open;
  decoder.close();
  made[0]!.init.output(new FakePicture(5).picture);
  assert.deepEqual(shown, []);
  assert.equal(FakePicture.open, open);
  made[0]!.init.error(new DOMException("late", "EncodingError"));
  push(vp8(1, true));
  made[1]!.run();
  assert.deepEqual(shown, times(1));
});

Deno.test("whatever comes, pictures follow each other without a gap or begin at a key frame", () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant("push" as const),
      isKey: fc.boolean(),
      length: fc.integer({ min: 20, max: 3_000_000 }),
    }),
    fc.record({ do: fc.constant("run" as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant("fail" as const) }),
    fc.record({ do: fc.constant("close" as const) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const { decoder, made, push } = setUp();
    let number = 0;
    const keys = new Set<number>();
    for (const one of steps) {
      const latest = made.at(-1);
      if (one.do === "push") {
        if (one.isKey) keys.add(number);
        push(vp8(number++, one.isKey, one.length));
      } else if (one.do === "run") latest?.run(one.count);
      else if (one.do === "fail" && latest?.state === "configured") latest.fail("EncodingError");
      else if (one.do === "close") decoder.close();
    }
    made.at(-1)?.run();
    const numbers = made.map(({ decoded }) => decoded.map((time) => Math.round(time * 15 / 1e6)));
    for (const run of numbers) {
      for (const [at, frame] of run.entries()) {
        assert.ok(at === 0 ? keys.has(frame) : frame === run[at - 1]! + 1 || keys.has(frame));
      }
    }
    assert.equal(decoder.framesDropped + numbers.flat().length, number);
  }));
});

Deno.test("a stream that does not say its colours gets those of its size, one that does keeps them", () => {
  const matrixOf = (hex: string) => {
    const sps = Uint8Array.fromHex(hex);
    const bytes = Uint8Array.of(0, 0, 0, 1, ...sps, 0, 0, 0, 1, 0x65, 1, 2, 3);
    return readKeyFrame({ ...vp8(1, true), codec: "h264", bytes })?.config.colorSpace?.matrix;
  };
  assert.equal(matrixOf("6742c00ad91ec044000003000400000300503c489920"), "smpte170m");
  assert.equal(matrixOf("6742c01fd9005005bb011000000300100000030140f1832480"), "bt709");
  assert.equal(matrixOf(TAGGED), undefined);
});
