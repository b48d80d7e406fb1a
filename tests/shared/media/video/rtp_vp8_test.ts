import assert from "node:assert/strict";
import fc from "fast-check";
import {
  beginsVp8Frame,
  parseVp8Descriptor,
  Vp8Packer,
  Vp8Unpacker,
} from "../../../../shared/media/video/rtp_vp8.ts";
import {
  markLast,
  MAX_FRAME_PACKETS,
  MAX_VIDEO_PAYLOAD_BYTES,
} from "../../../../shared/media/video/video_payload.ts";
import { runs } from "../../../runs.ts";
import { arbitraryVp8Frame, vp8Frame } from "./frames.ts";
import { packetsOf, pushAll, STARTS } from "./streams.ts";

/** One table for packer, unpacker and as seeds of the fuzzing: a frame and the sizes of its payloads. */
const CASES: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
  ["a small key frame", vp8Frame(300, { isKey: true }), [301]],
  ["the smallest frame", vp8Frame(3), [4]],
  ["one that just fits", vp8Frame(1127), [1128]],
  ["one that just does not fit", vp8Frame(1128), [1128, 2]],
  ["a large key frame", vp8Frame(3000, { isKey: true }), [1128, 1128, 747]],
];

for (const [name, frame, sizes] of CASES) {
  Deno.test(`VP8 in RTP: ${name}`, () => {
    const payloads = new Vp8Packer().pack(frame);
    assert.deepEqual(payloads.map(({ payload }) => payload.length), sizes);
    const heads = payloads.map(({ payload, marker }) => [payload[0], marker]);
    assert.deepEqual(
      heads,
      sizes.map((_, index) => [index ? 0 : 0x10, index === sizes.length - 1]),
    );
    const { frames } = pushAll(new Vp8Unpacker(), packetsOf([payloads]));
    const isKey = (frame[0]! & 1) === 0;
    assert.deepEqual(frames, [{ frameNumber: 0, ticks: 0, bytes: frame, isKey }]);
  });
}

const FIRST_BYTE = { isNonReference: false, startsPartition: true, partition: 0 };
/** Descriptors as RFC 7741 section 4.2 draws them. */
const DESCRIPTORS: readonly (readonly [string, readonly number[], object])[] = [
  ["one byte", [0x10], {}],
  ["N and a partition", [0x25], { isNonReference: true, startsPartition: false, partition: 5 }],
  ["reserved bits", [0x58], {}],
  ["extended by nothing", [0x90, 0x0f], {}],
  ["a picture id of 7 bits", [0x90, 0x80, 0x7f], { pictureId: 127 }],
  ["a picture id of 15 bits", [0x90, 0x80, 0xff, 0xfe], { pictureId: 32_766 }],
  ["TL0PICIDX", [0x90, 0x40, 200], { temporalLevelZeroIndex: 200 }],
  ["TID without KEYIDX", [0x90, 0x20, 0xbf], { temporalLayer: 2 }],
  ["KEYIDX without TID", [0x90, 0x10, 0xdf], { keyIndex: 31 }],
  ["all of them", [0x90, 0xf0, 0x81, 0x02, 3, 0x45], {
    pictureId: 258,
    temporalLevelZeroIndex: 3,
    temporalLayer: 1,
    keyIndex: 5,
  }],
];

for (const [name, bytes, expected] of DESCRIPTORS) {
  Deno.test(`a VP8 descriptor: ${name}`, () => {
    const whole = { ...FIRST_BYTE, ...expected, byteLength: bytes.length };
    assert.deepEqual(parseVp8Descriptor(Uint8Array.of(...bytes, 9)), whole);
    for (let length = 0; length <= bytes.length; length++) {
      assert.equal(parseVp8Descriptor(Uint8Array.from(bytes.slice(0, length))), undefined);
    }
    // A frame that any such descriptor precedes is the same.
    if (!("partition" in expected)) {
      const frame = markLast([Uint8Array.of(...bytes, ...vp8Frame(50))]);
      const { frames } = pushAll(new Vp8Unpacker(), packetsOf([frame]));
      assert.deepEqual(frames[0]?.bytes, vp8Frame(50));
    }
  });
}

Deno.test("the start of another partition is no frame's start", () => {
  assert.ok(beginsVp8Frame(Uint8Array.of(0x10, 1)));
  assert.ok(!beginsVp8Frame(Uint8Array.of(0x11, 1)));
  assert.ok(!beginsVp8Frame(Uint8Array.of(0x00, 1)));
  assert.ok(!beginsVp8Frame(Uint8Array.of(0x10)));
});

Deno.test("a frame in packets by partition is one frame", () => {
  const frame = vp8Frame(60);
  const payloads = [[0x10, 0, 20], [0x00, 20, 30], [0x11, 30, 50], [0x12, 50, 60]] as const;
  const packets = packetsOf([
    markLast(payloads.map(([head, from, to]) => Uint8Array.of(head, ...frame.subarray(from, to)))),
  ]);
  assert.deepEqual(pushAll(new Vp8Unpacker(), packets).frames[0]?.bytes, frame);
});

Deno.test("what is left out is counted", () => {
  const packer = new Vp8Packer();
  const largest = MAX_FRAME_PACKETS * (MAX_VIDEO_PAYLOAD_BYTES - 1);
  assert.equal(packer.pack(new Uint8Array(largest)).length, MAX_FRAME_PACKETS);
  assert.deepEqual(packer.pack(new Uint8Array(largest + 1)), []);
  assert.deepEqual(packer.pack(new Uint8Array(0)), []);
  assert.deepEqual(packer.leftOut.snapshot(), { oversizedFrame: 1, emptyFrame: 1 });
});

const arbitraryFrames = fc.array(arbitraryVp8Frame, { minLength: 1, maxLength: 4 });

Deno.test("whatever VP8 frames go in come out, in packets that fit", () => {
  fc.assert(
    fc.property(arbitraryFrames, fc.constantFrom(...STARTS), (frames, start) => {
      const sent = frames.map((frame) => new Vp8Packer().pack(frame));
      assert.ok(sent.flat().every(({ payload }) => payload.length <= MAX_VIDEO_PAYLOAD_BYTES));
      const from = { sequence: start, frameNumber: start };
      const { frames: out, lost } = pushAll(new Vp8Unpacker(), packetsOf(sent, from));
      assert.deepEqual(out.map(({ bytes }) => bytes), frames);
      assert.equal(lost, 0);
    }),
    runs(60),
  );
});

Deno.test("whatever one packet is lost, its frame is not given out, and all others are", () => {
  fc.assert(
    fc.property(arbitraryFrames, fc.nat(), (frames, pick) => {
      const sent = [...frames, vp8Frame(20)].map((frame) => new Vp8Packer().pack(frame));
      const packets = packetsOf(sent);
      const lost = packets[pick % (packets.length - 1)]!;
      const received = pushAll(new Vp8Unpacker(), packets.filter((packet) => packet !== lost));
      const numbers = received.frames.map(({ frameNumber }) => frameNumber);
      assert.deepEqual(numbers, [...sent.keys()].filter((number) => number !== lost.frameNumber));
      // A stream's first frame is not known to be lost when none of it came.
      const isUnknown = lost.frameNumber === 0 && sent[0]!.length === 1;
      assert.equal(received.lost, isUnknown ? 0 : 1);
    }),
    runs(60),
  );
});

const HOSTILE: readonly (readonly [string, readonly (readonly number[])[]])[] = [
  ["a second start", [[0x10, 0x11, 0, 0], [0x10, 0x11, 0, 0]]],
  ["no start", [[0x00, 0x11, 0, 0]]],
  ["a descriptor alone", [[0x10, 0x11, 0, 0], [0x00]]],
  ["a frame cut short", [[0x10, 0x11, 0]]],
  ["a first partition past the end", [[0x10, 0x31, 0, 0]]],
  ["a key frame without its start code", [[0x10, 0x10, 0, 0, 1, 2, 3, 4, 5, 6, 7]]],
];

for (const [name, payloads] of HOSTILE) {
  Deno.test(`VP8 in RTP, not given out: ${name}`, () => {
    const frame = markLast(payloads.map((bytes) => Uint8Array.from(bytes)));
    const sent = [vp8Frame(9), vp8Frame(30)].map((frame) => new Vp8Packer().pack(frame));
    const { frames, lost, junk } = pushAll(
      new Vp8Unpacker(),
      packetsOf([sent[0]!, frame, sent[1]!]),
    );
    assert.deepEqual(frames.map(({ bytes }) => bytes), [vp8Frame(9), vp8Frame(30)]);
    assert.deepEqual([lost, junk], [1, ["malformedPayload"]]);
  });
}

Deno.test("mutated and random payloads never throw, and each frame is given out or lost", () => {
  const seeds = CASES.flatMap(([, frame]) => new Vp8Packer().pack(frame)).map((one) => one.payload);
  const mutated = fc.tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(12), fc.nat(255)), { maxLength: 4 }),
  ).map(([seed, changes]) =>
    changes.reduce((bytes, [at, value]) => bytes.with(at % bytes.length, value), seed)
  );
  const payload = fc.oneof(mutated, fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(fc.array(payload, { minLength: 1, maxLength: 3 })), (payloads) => {
      const { frames, lost } = pushAll(new Vp8Unpacker(), packetsOf(payloads.map(markLast)));
      assert.equal(frames.length + lost, payloads.length);
    }),
    runs(1000),
  );
});
