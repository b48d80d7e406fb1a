import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalH264, isKeyAccessUnit } from "../../../../shared/media/video/h264.ts";
import {
  beginsAccessUnit,
  H264Packer,
  H264Unpacker,
} from "../../../../shared/media/video/rtp_h264.ts";
import {
  markLast,
  MAX_FRAME_PACKETS,
  MAX_VIDEO_PAYLOAD_BYTES,
} from "../../../../shared/media/video/video_payload.ts";
import { runs } from "../../../runs.ts";
import { arbitraryAccessUnit, keySlice, PPS, PPS_1, slice, SPS } from "./frames.ts";
import { H264_CASES } from "./h264_cases.ts";
import { packetsOf, pushAll, STARTS } from "./streams.ts";

/** A frame of one delimiter, with which an unpacker certainly begins. */
const FIRST = markLast([Uint8Array.of(9, 0xf0)]);

/** The units of each frame, after a first one. */
function unpack(frames: readonly (readonly { payload: Uint8Array; marker: boolean }[])[]) {
  const unpacker = new H264Unpacker();
  const received = pushAll(unpacker, packetsOf([FIRST, ...frames]));
  const [, ...units] = received.frames.map(({ nalUnits }) => [...nalUnits]);
  return { ...received, units, ignored: unpacker.ignored.snapshot() };
}

for (const { name, nalUnits, packets, out = nalUnits } of H264_CASES) {
  Deno.test(`H.264 in RTP: ${name}`, () => {
    const payloads = new H264Packer().pack(nalUnits);
    const shapes = payloads.map(({ payload }) => [payload[0]! & 0x1f, payload.length]);
    assert.deepEqual(shapes, packets);
    const markers = payloads.map(({ marker }) => marker);
    assert.deepEqual(markers, [...new Array(packets.length - 1).fill(false), true]);
    assert.deepEqual(unpack([payloads]).units, [out]);
  });
}

Deno.test("an aggregation packet is laid out as RFC 6184 draws it", () => {
  const [sei, idle] = [Uint8Array.of(0x06, 5), Uint8Array.of(0x21, 7, 8)];
  const [packet] = new H264Packer().pack([sei, idle]);
  // Its nal_ref_idc is the highest of its units.
  assert.deepEqual([...packet!.payload], [0x38, 0, 2, 0x06, 5, 0, 3, 0x21, 7, 8]);
});

Deno.test("fragments have the unit's upper bits in the indicator, its type behind start and end", () => {
  const heads = new H264Packer().pack([keySlice(3000)]).map((
    { payload },
  ) => [...payload.slice(0, 2)]);
  assert.deepEqual(heads, [[0x7c, 0x85], [0x7c, 0x05], [0x7c, 0x45]]);
});

Deno.test("every key frame begins with the latest parameter sets, other frames do not", () => {
  const packer = new H264Packer([SPS, PPS]);
  const sent = [
    [keySlice(10)],
    [PPS_1, slice(11)],
    [keySlice(12)],
    [SPS.with(3, 40), keySlice(13)],
    [keySlice(14)],
  ].map((units) => packer.pack(units));
  assert.deepEqual(unpack(sent).units, [
    [SPS, PPS, keySlice(10)],
    [PPS_1, slice(11)],
    [SPS, PPS, PPS_1, keySlice(12)],
    [SPS.with(3, 40), PPS, PPS_1, keySlice(13)],
    [SPS.with(3, 40), PPS, PPS_1, keySlice(14)],
  ]);
});

Deno.test("parameter sets are copies, and one of nonsense is not remembered", () => {
  const sps = SPS.slice();
  const packer = new H264Packer([sps, SPS.subarray(0, 4), Uint8Array.of(0x68, 0, 0, 0, 0)]);
  sps.fill(0);
  assert.deepEqual(unpack([packer.pack([keySlice(5)])]).units, [[SPS, keySlice(5)]]);
});

Deno.test("what is left out is counted", () => {
  const packer = new H264Packer();
  assert.deepEqual(packer.pack([]), []);
  assert.deepEqual(packer.pack([new Uint8Array(0), slice(9).with(0, 0xe1)]), []);
  const largest = 1 + MAX_FRAME_PACKETS * (MAX_VIDEO_PAYLOAD_BYTES - 2);
  assert.equal(packer.pack([slice(largest, 1)]).length, MAX_FRAME_PACKETS);
  assert.deepEqual(packer.pack([slice(largest + 1, 1)]), []);
  assert.deepEqual(packer.leftOut.snapshot(), { unsendableUnit: 2, oversizedFrame: 1 });
});

Deno.test("a payload that begins with a delimiter or sequence parameters begins a frame", () => {
  const first = (units: Uint8Array[]) => new H264Packer().pack(units)[0]!.payload;
  assert.ok(beginsAccessUnit(first([SPS, PPS, keySlice(40)])));
  assert.ok(beginsAccessUnit(first([Uint8Array.of(9, 0xf0)])));
  assert.ok(beginsAccessUnit(first([Uint8Array.of(9, 0xf0), slice(5)])));
  assert.ok(!beginsAccessUnit(first([slice(40)])));
  assert.ok(!beginsAccessUnit(first([slice(40), slice(40)])));
  assert.ok(!beginsAccessUnit(first([keySlice(4000)])));
  assert.ok(!beginsAccessUnit(new Uint8Array(0)));
  assert.ok(!beginsAccessUnit(Uint8Array.of(24)));
});

const arbitraryFrames = fc.array(arbitraryAccessUnit, { minLength: 1, maxLength: 4 });

Deno.test("whatever access units go in come out, in packets that fit", () => {
  fc.assert(
    fc.property(arbitraryFrames, fc.constantFrom(...STARTS), (frames, start) => {
      const packer = new H264Packer();
      const sent = frames.map((units) => packer.pack(units));
      assert.ok(sent.flat().every(({ payload }) => payload.length <= MAX_VIDEO_PAYLOAD_BYTES));
      const from = { sequence: start, frameNumber: start };
      const received = pushAll(new H264Unpacker(), packetsOf([FIRST, ...sent], from));
      const [, ...out] = received.frames;
      assert.deepEqual(out.map(({ frameNumber }) => frameNumber - start - 1), [...frames.keys()]);
      for (const [index, { nalUnits, isKey }] of out.entries()) {
        assert.equal(isKey, isKeyAccessUnit(frames[index]!));
        assert.deepEqual(canonicalH264(nalUnits), canonicalH264(frames[index]!));
        const isUnchanged = !isKey &&
          frames[index]!.every((unit) => ![7, 8, 9, 12].includes(unit[0]! & 0x1f));
        if (isUnchanged) assert.deepEqual(nalUnits, frames[index]);
      }
    }),
    runs(60),
  );
});

Deno.test("whatever one packet is lost, its frame is not given out, and all others are", () => {
  fc.assert(
    fc.property(arbitraryFrames, fc.nat(), (frames, pick) => {
      const packer = new H264Packer();
      const sent = [FIRST, ...frames.map((units) => packer.pack(units)), FIRST];
      const packets = packetsOf(sent);
      const lost = packets[1 + pick % (packets.length - 2)]!;
      const received = pushAll(new H264Unpacker(), packets.filter((packet) => packet !== lost));
      const numbers = received.frames.map(({ frameNumber }) => frameNumber);
      assert.deepEqual(numbers, [...sent.keys()].filter((number) => number !== lost.frameNumber));
      assert.deepEqual([received.lost, received.junk], [1, []]);
    }),
    runs(60),
  );
});

const FU = 0x7c;
/** Payloads of one frame, the last with the marker. */
const HOSTILE: readonly (readonly [string, readonly (readonly number[])[]])[] = [
  ["a forbidden bit", [[0xe1, 1, 2]]],
  ["a forbidden bit in an aggregate", [[0x78, 0, 2, 0xe1, 1]]],
  ["a start without end", [[FU, 0x81, 1]]],
  ["a start without end behind a whole unit", [[0x61, 1], [FU, 0x81, 1]]],
  ["a start, then another unit", [[FU, 0x81, 1], [0x61, 1]]],
  ["a start, then an aggregate", [[FU, 0x81, 1], [0x78, 0, 1, 0x61]]],
  ["two starts", [[FU, 0x81, 1], [FU, 0x81, 1], [FU, 0x41, 1]]],
  ["an end without start", [[FU, 0x41, 1]]],
  ["a middle without start", [[FU, 0x01, 1], [FU, 0x41, 1]]],
  ["start and end at once", [[FU, 0xc1, 1]]],
  ["another type in the middle", [[FU, 0x81, 1], [FU, 0x45, 1]]],
  ["another nal_ref_idc in the middle", [[FU, 0x81, 1], [0x3c, 0x41, 1]]],
  ["fragments of an aggregate", [[FU, 0x98, 1], [FU, 0x58, 1]]],
  ["a fragment without its header", [[FU]]],
  ["an aggregate in an aggregate", [[0x78, 0, 4, 0x78, 0, 1, 0x61]]],
  ["a size past the end", [[0x78, 0, 1, 0x61, 0, 9, 0x61]]],
  ["half a size", [[0x78, 0, 1, 0x61, 0]]],
  ["STAP-B", [[0x79, 0, 0, 0, 1, 0x61]]],
  ["MTAP16", [[0x7a, 0, 0, 0, 1, 0, 0, 0, 0x61]]],
  ["FU-B", [[0x7d, 0x81, 0, 0, 1]]],
  ["an aggregate of nothing", [[0x78]]],
  ["reserved types alone", [[0x60], [0x7e, 1]]],
];

for (const [name, payloads] of HOSTILE) {
  Deno.test(`H.264 in RTP, not given out: ${name}`, () => {
    const frame = markLast(payloads.map((bytes) => Uint8Array.from(bytes)));
    const { units, lost, junk } = unpack([frame, new H264Packer().pack([slice(30)])]);
    assert.deepEqual(units, [[slice(30)]]);
    assert.deepEqual([lost, junk], [1, ["malformedPayload"]]);
  });
}

Deno.test("reserved types and empty units are counted, and left out of the frame", () => {
  const payloads = [
    [0x7e, 1, 2],
    [0x7f],
    [0x78, 0, 0, 0, 2, 0x61, 7, 0, 1, 0x60],
    [FU, 0x80, 1],
    [FU, 0x40, 1],
  ];
  const frame = markLast(payloads.map((bytes) => Uint8Array.from(bytes)));
  const { units, ignored, lost } = unpack([frame]);
  assert.deepEqual(units, [[Uint8Array.of(0x61, 7)]]);
  assert.deepEqual(ignored, { reservedType: 4, emptyUnit: 1 });
  assert.equal(lost, 0);
});

Deno.test("a fragment may be empty, and the reserved bit is ignored", () => {
  const payloads = [[FU, 0x81], [FU, 0x21, 5], [FU, 0x41]];
  const frame = markLast(payloads.map((bytes) => Uint8Array.from(bytes)));
  assert.deepEqual(unpack([frame]).units, [[Uint8Array.of(0x61, 5)]]);
});

Deno.test("mutated and random payloads never throw, and what comes out can be sent again", () => {
  const seeds = H264_CASES.flatMap(({ nalUnits }) => new H264Packer().pack(nalUnits))
    .map(({ payload }) => payload);
  const mutated = fc.tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 6 }),
    fc.nat(1300),
  ).map(([seed, changes, length]) => {
    const bytes = seed.slice(0, length);
    for (const [position, value] of changes) {
      if (bytes.length > 0) bytes[position % bytes.length] = value;
    }
    return bytes;
  });
  const hostile = fc.constantFrom(...HOSTILE.flatMap(([, payloads]) => payloads))
    .map((bytes) => Uint8Array.from(bytes));
  const payload = fc.oneof(mutated, hostile, fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(fc.array(fc.array(payload, { minLength: 1, maxLength: 4 })), (frames) => {
      const { units, lost } = unpack(frames.map(markLast));
      assert.equal(units.length + lost, frames.length);
      for (const nalUnits of units) {
        const again = unpack([new H264Packer().pack(nalUnits)]).units[0] ?? [];
        assert.deepEqual(canonicalH264(again), canonicalH264(nalUnits));
      }
    }),
    runs(1000),
  );
});
