import assert from "node:assert/strict";
import fc from "fast-check";
import { IvfReader } from "../../../../server/origin/screen/ivf_reader.ts";
import { MAX_PICTURE_BYTES } from "../../../../server/origin/screen/picture.ts";
import { concat, viewOf } from "../../../../shared/core/bytes.ts";
import { runs } from "../../../runs.ts";
import { arbitraryVp8Frame, vp8Frame } from "../../../shared/media/video/frames.ts";
import { arbitrarySizes, cut } from "./chunks.ts";

interface Head {
  readonly codec?: string;
  readonly rate?: number;
  readonly scale?: number;
  readonly headerBytes?: number;
}

function ivfHead({ codec = "VP80", rate = 30, scale = 1, headerBytes = 32 }: Head = {}) {
  const head = new Uint8Array(headerBytes);
  head.set(new TextEncoder().encode("DKIF"));
  head.set(new TextEncoder().encode(codec), 8);
  const view = viewOf(head);
  view.setUint16(6, headerBytes, true);
  view.setUint32(16, rate, true);
  view.setUint32(20, scale, true);
  return head;
}

function ivfFrame(bytes: Uint8Array, time: number | bigint, length = bytes.length): Uint8Array {
  const frame = new Uint8Array(12 + bytes.length);
  viewOf(frame).setUint32(0, length, true);
  viewOf(frame).setBigUint64(4, BigInt(time), true);
  frame.set(bytes, 12);
  return frame;
}

function read(bytes: Uint8Array, sizes: readonly number[] = [bytes.length || 1]) {
  const reader = new IvfReader();
  const pictures = cut(bytes, sizes).flatMap((chunk) => reader.push(chunk));
  const { problem, isTruncated } = reader;
  return { pictures, problem, isTruncated, faults: reader.faults.snapshot() };
}

const [KEY, DELTA] = [vp8Frame(300, { isKey: true }), vp8Frame(40)];
const FILE = concat(ivfHead(), ivfFrame(KEY, 0), ivfFrame(DELTA, 1), ivfFrame(DELTA, 4));

Deno.test("frames come out with their times at 90 kHz", () => {
  for (const sizes of [[FILE.length], [1], [7, 100]]) {
    const { pictures, isTruncated } = read(FILE, sizes);
    const gapBefore = false;
    assert.deepEqual(pictures, [
      { bytes: KEY, ticks: 0, isKey: true, gapBefore },
      { bytes: DELTA, ticks: 3000, isKey: false, gapBefore },
      { bytes: DELTA, ticks: 12_000, isKey: false, gapBefore },
    ]);
    assert.equal(isTruncated, false);
  }
});

Deno.test("the time's unit is scale / rate seconds, and a longer file header is skipped", () => {
  const timesOf = (head: Head) => {
    const frames = [0, 1, 30].map((time) => ivfFrame(DELTA, time));
    return read(concat(ivfHead(head), ...frames)).pictures.map(({ ticks }) => ticks);
  };
  assert.deepEqual(timesOf({ rate: 1000, headerBytes: 40 }), [0, 90, 2700]);
  assert.deepEqual(timesOf({ rate: 30_000, scale: 1001 }), [0, 3003, 90_090]);
});

Deno.test("what is not VP8 in IVF is named", () => {
  const problemOf = (bytes: Uint8Array) => read(bytes).problem;
  assert.deepEqual(problemOf(ivfHead({ codec: "VP90" })), { kind: "codec", codec: "VP90" });
  assert.deepEqual(problemOf(Uint8Array.of(1)), { kind: "not-ivf" });
  assert.deepEqual(problemOf(ivfHead({ rate: 0 })), { kind: "not-ivf" });
  assert.deepEqual(problemOf(ivfHead().with(6, 31)), { kind: "not-ivf" });
  assert.equal(problemOf(ivfHead().subarray(0, 31)), undefined);
  assert.equal(problemOf(new Uint8Array(0)), undefined);
});

Deno.test("a frame that is too large is skipped without being held, empty and malformed ones are left out", () => {
  const large = new Uint8Array(MAX_PICTURE_BYTES + 1);
  const bytes = concat(
    ivfHead(),
    ivfFrame(large, 0),
    ivfFrame(KEY, 1),
    ivfFrame(new Uint8Array(0), 2),
    ivfFrame(Uint8Array.of(1), 3),
    ivfFrame(DELTA, 4),
    ivfFrame(DELTA, 2n ** 63n),
    ivfFrame(DELTA, 6),
  );
  for (const sizes of [[bytes.length], [65_536]]) {
    const { pictures, faults } = read(bytes, sizes);
    assert.deepEqual(pictures.map(({ ticks, gapBefore }) => [ticks, gapBefore]), [
      [3000, true],
      [12_000, true],
      [18_000, true],
    ]);
    assert.deepEqual(faults, { oversizedPicture: 1, malformedPicture: 2 });
  }
});

Deno.test("a file that ends within a frame is truncated", () => {
  for (const length of [FILE.length - 1, FILE.length - 45]) {
    const { pictures, isTruncated } = read(FILE.subarray(0, length));
    assert.deepEqual([pictures.length, isTruncated], [2, true]);
  }
});

Deno.test("whatever the chunks, the frames are the same", () => {
  const frames = fc.array(arbitraryVp8Frame.filter(({ length }) => length < 3000), {
    maxLength: 9,
  });
  fc.assert(
    fc.property(frames, arbitrarySizes, (frames, sizes) => {
      const file = concat(ivfHead(), ...frames.map((frame, index) => ivfFrame(frame, index)));
      const { pictures } = read(file, sizes);
      assert.deepEqual(pictures.map(({ bytes }) => bytes), frames);
    }),
    runs(100),
  );
});

Deno.test("no bytes make it throw", () => {
  const mutated = fc.array(fc.tuple(fc.nat(FILE.length - 1), fc.nat(255)), { maxLength: 9 })
    .map((changes) => changes.reduce((bytes, [at, value]) => bytes.with(at, value), FILE));
  fc.assert(
    fc.property(
      fc.oneof(mutated, fc.uint8Array({ maxLength: 100 })),
      arbitrarySizes,
      (bytes, sizes) => {
        const whole = read(bytes);
        assert.deepEqual(read(bytes, sizes), whole);
        assert.ok(whole.pictures.every(({ ticks }) => Number.isSafeInteger(ticks)));
      },
    ),
    runs(500),
  );
});
