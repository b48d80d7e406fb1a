import assert from "node:assert/strict";
import fc from "fast-check";
import { marksOf } from "../../../../shared/media/video/payload_marks.ts";
import { H264Packer } from "../../../../shared/media/video/rtp_h264.ts";
import { Vp8Packer } from "../../../../shared/media/video/rtp_vp8.ts";
import { information, keySlice, PPS, slice, SPS, vp8Frame } from "./frames.ts";
import { runs } from "../../../runs.ts";

const AUD = Uint8Array.of(9, 0xf0);
const unreferenced = (unit: Uint8Array) => unit.with(0, unit[0]! & 0x1f);

/** Marks of each packet: b begins, k of a key frame, u of one that no other refers to. */
function marks(units: readonly Uint8Array[]): string[] {
  return new H264Packer().pack(units).map(({ payload }) => {
    const { beginsFrame, isOfKeyFrame, isOfUnreferenced } = marksOf("h264", payload);
    return (beginsFrame ? "b" : "") + (isOfKeyFrame ? "k" : "") + (isOfUnreferenced ? "u" : "");
  });
}

Deno.test("an H.264 payload shows what its slices are, single, together or in fragments", () => {
  assert.deepEqual(marks([slice(300)]), [""]);
  assert.deepEqual(marks([unreferenced(slice(300))]), ["u"]);
  assert.deepEqual(marks([unreferenced(slice(3000))]), ["u", "u", "u"]);
  assert.deepEqual(marks([slice(3000)]), ["", "", ""]);
  assert.deepEqual(marks([AUD, unreferenced(slice(300))]), ["bu"]);
  assert.deepEqual(marks([AUD, slice(300)]), ["b"], "a delimiter always has nal_ref_idc 0");
  assert.deepEqual(marks([unreferenced(information(30)), slice(300)]), [""]);
  assert.deepEqual(marks([SPS, PPS, keySlice(300)]), ["bk"]);
  assert.deepEqual(marks([SPS, PPS, keySlice(2000)]), ["b", "k", "k"]);
});

Deno.test("a VP8 payload shows the first packet of a frame, and whether that is a key frame", () => {
  const read = (isKey: boolean) =>
    new Vp8Packer().pack(vp8Frame(2500, { isKey })).map(({ payload }) => marksOf("vp8", payload));
  const nothing = { beginsFrame: false, isOfKeyFrame: false, isOfUnreferenced: false };
  assert.deepEqual(read(true), [
    { ...nothing, beginsFrame: true, isOfKeyFrame: true },
    nothing,
    nothing,
  ]);
  assert.deepEqual(read(false), [{ ...nothing, beginsFrame: true }, nothing, nothing]);
  const { payload } = new Vp8Packer().pack(vp8Frame(100))[0]!;
  assert.ok(marksOf("vp8", payload.with(0, payload[0]! | 0x20)).isOfUnreferenced, "N");
});

Deno.test("no bytes make it throw", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("h264" as const, "vp8" as const),
      fc.uint8Array({ maxLength: 40 }),
      (codec, payload) => void marksOf(codec, payload),
    ),
    runs(500),
  );
});
