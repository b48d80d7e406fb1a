import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseAvcDescription,
  serializeAvcDescription,
} from "../../../../shared/media/video/avc_description.ts";
import { runs } from "../../../runs.ts";
import { bytesOf, PPS, SPS } from "./frames.ts";

/** The avcC box that ffmpeg writes for a stream in High profile. */
const FROM_FFMPEG = bytesOf(
  "0164000cffe1001a6764000cacd9414087e23011000003000100000300140f14299601000668ebe3cb22c0fdf8f800",
);
const HIGH_SPS = bytesOf("6764000cacd9414087e23011000003000100000300140f142996");

Deno.test("the description that ffmpeg writes is read, and written the same", () => {
  const read = parseAvcDescription(FROM_FFMPEG);
  assert.deepEqual(read, { ok: true, value: { lengthBytes: 4, parameterSets: [HIGH_SPS, PPS] } });
  assert.deepEqual(serializeAvcDescription([HIGH_SPS, PPS]), Uint8Array.from(FROM_FFMPEG));
});

Deno.test("Baseline has no format behind its sets", () => {
  const bytes = serializeAvcDescription([PPS, SPS]);
  const sets = [0, SPS.length, ...SPS, 1, 0, PPS.length, ...PPS];
  assert.deepEqual([...bytes!], [1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, ...sets]);
});

Deno.test("without a readable sequence parameter set there is no description", () => {
  assert.equal(serializeAvcDescription([PPS]), undefined);
  assert.equal(serializeAvcDescription([SPS.subarray(0, 5), PPS]), undefined);
  assert.equal(serializeAvcDescription(new Array(32).fill(SPS)), undefined);
});

Deno.test("another version, a length of three bytes and one that is cut short are junk", () => {
  const junk = { ok: false, junk: "malformedPayload" };
  assert.deepEqual(parseAvcDescription(FROM_FFMPEG.with(0, 2)), junk);
  assert.deepEqual(parseAvcDescription(FROM_FFMPEG.with(4, 0xfe)), junk);
  // The last four bytes are the format, which is not read.
  for (let length = 0; length < FROM_FFMPEG.length - 4; length++) {
    assert.deepEqual(parseAvcDescription(FROM_FFMPEG.subarray(0, length)), junk);
  }
});

Deno.test("no bytes make it throw, and what is read are parameter sets", () => {
  const mutated = fc.array(fc.tuple(fc.nat(FROM_FFMPEG.length - 1), fc.nat(255))).map((changes) =>
    changes.reduce((bytes, [position, value]) => bytes.with(position, value), FROM_FFMPEG)
  );
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), (bytes) => {
      const read = parseAvcDescription(bytes);
      if (!read.ok) return;
      assert.ok(read.value.parameterSets.every((unit) => [7, 8].includes(unit[0]! & 0x1f)));
    }),
    runs(1000),
  );
});
