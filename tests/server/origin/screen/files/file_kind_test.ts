import assert from "node:assert/strict";
import fc from "fast-check";
import {
  KIND_BYTES,
  nameOtherStream,
  recognizeKind,
} from "../../../../../server/origin/screen/files/file_kind.ts";
import { concat } from "../../../../../shared/core/bytes.ts";
import { runs } from "../../../../runs.ts";
import { bytesOf, SPS } from "../../../../shared/media/video/frames.ts";

const text = (characters: string) => new TextEncoder().encode(characters);
const START_CODE = bytesOf("00000001");
const AUD = bytesOf("000000010910");

function transportStream(junk: number): Uint8Array {
  const bytes = new Uint8Array(junk + 188 * 4 + 1).fill(0x11);
  for (let at = junk; at < bytes.length; at += 188) bytes[at] = 0x47;
  return bytes;
}

const KINDS: readonly (readonly [string, Uint8Array, string])[] = [
  ["MP4", concat(bytesOf("00000020"), text("ftypisom")), "mp4"],
  ["a fragment", concat(bytesOf("00000018"), text("styp")), "mp4"],
  ["MP4 that begins with its data", concat(bytesOf("00100000"), text("mdat")), "mp4"],
  ["Matroska and WebM", bytesOf("1a45dfa3"), "matroska"],
  ["IVF", text("DKIF"), "ivf"],
  ["H.264 from its parameters on", concat(START_CODE, SPS), "annex-b"],
  ["H.264 with a short start code", concat(bytesOf("000001"), SPS), "annex-b"],
  ["H.264 with zeros and a delimiter first", concat(new Uint8Array(5), AUD), "annex-b"],
  ["MPEG-TS", transportStream(0), "mpeg-ts"],
  ["MPEG-TS from within a packet on", transportStream(100), "mpeg-ts"],
  ["H.265", bytesOf("0000000140010c01"), "other"],
  ["MPEG-2 video", bytesOf("000001b3140f"), "other"],
  ["an MPEG program stream", bytesOf("000001ba44"), "other"],
  ["a long text", text("just text. ".repeat(100)), "other"],
];

for (const [name, bytes, kind] of KINDS) {
  Deno.test(`${name} is recognized by its bytes, as soon as they are enough`, () => {
    assert.equal(recognizeKind(bytes, false), kind);
    for (let count = 0; count < bytes.length; count++) {
      const early = recognizeKind(bytes.subarray(0, count), false);
      assert([undefined, kind].includes(early), `${early} by ${count} bytes`);
    }
  });
}

Deno.test("all bytes that come are of some kind, if only another one, and none throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2 * KIND_BYTES }), fc.boolean(), (bytes, isWhole) => {
      const kind = recognizeKind(bytes, isWhole);
      if (isWhole || bytes.length >= KIND_BYTES) assert.notEqual(kind, undefined);
      nameOtherStream(bytes);
    }),
    runs(300),
  );
});

Deno.test("a byte stream of another codec is named", () => {
  assert.equal(nameOtherStream(bytesOf("0000000140010c01")), "H.265 (HEVC)");
  assert.equal(nameOtherStream(bytesOf("000001b3140f")), "MPEG video");
  assert.equal(nameOtherStream(bytesOf("000001ba44")), "MPEG program stream");
  assert.equal(nameOtherStream(concat(START_CODE, SPS)), undefined);
  assert.equal(nameOtherStream(text("text")), undefined);
});
