import assert from "node:assert/strict";
import fc from "fast-check";
import { type OggPage, parseOggPage, serializeOggPage } from "../../../shared/media/ogg.ts";

const arbitraryPage: fc.Arbitrary<OggPage> = fc.record({
  isContinued: fc.boolean(),
  isFirst: fc.boolean(),
  isLast: fc.boolean(),
  granulePosition: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
  serialNumber: fc.nat(0xffff_ffff),
  sequenceNumber: fc.nat(0xffff_ffff),
  segments: fc.uint8Array({ maxLength: 255 }),
}).map((page) => ({
  ...page,
  body: new Uint8Array(page.segments.reduce((sum, segment) => sum + segment, 0)).fill(0x42),
}));

Deno.test("ogg: a page is read as it was written, wherever it stands", () => {
  fc.assert(fc.property(arbitraryPage, fc.nat(9), (page, offset) => {
    const bytes = serializeOggPage(page);
    const moved = new Uint8Array(offset + bytes.length + 3);
    moved.set(bytes, offset);
    assert.deepEqual(parseOggPage(moved, offset), { page, length: bytes.length });
    assert.equal(parseOggPage(moved.subarray(0, offset + bytes.length - 1), offset), "needs more");
  }));
});

Deno.test("ogg: one changed bit is no page any more", () => {
  const page = serializeOggPage({
    isContinued: false,
    isFirst: true,
    isLast: false,
    granulePosition: 960,
    serialNumber: 1,
    sequenceNumber: 2,
    segments: Uint8Array.of(3),
    body: Uint8Array.of(7, 8, 9),
  });
  for (let bit = 0; bit < page.length * 8; bit++) {
    const changed = page.with(bit >> 3, page[bit >> 3]! ^ 1 << (bit & 7));
    const result = parseOggPage(changed, 0);
    assert(result === undefined || result === "needs more", `bit ${bit}`);
  }
});

Deno.test("ogg: the checksum is the one other programs write", () => {
  // The first page of a file by opusenc 0.2 (libopusenc): OpusHead, stereo, pre-skip 312.
  const page = Uint8Array.from(OPUSENC_FIRST_PAGE.match(/../g)!, (byte) => parseInt(byte, 16));
  const result = parseOggPage(page, 0);
  assert(result !== undefined && result !== "needs more");
  assert.equal(result.length, 47);
  assert.deepEqual(serializeOggPage(result.page), page);
});

const OPUSENC_FIRST_PAGE =
  "4f67675300020000000000000000fb515016000000005c3d04c201134f707573486561640102380144ac0000000000";
