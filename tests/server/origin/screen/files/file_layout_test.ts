import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BOX_HEADER_BYTES,
  matroskaEnd,
  Mp4Layout,
} from "../../../../../server/origin/screen/files/file_layout.ts";
import { concat, viewOf } from "../../../../../shared/core/bytes.ts";
import { runs } from "../../../../runs.ts";
import { bytesOf } from "../../../../shared/media/video/frames.ts";

function box(name: string, contentBytes: number, isLarge = false): Uint8Array {
  const head = new Uint8Array(isLarge ? 16 : 8);
  const size = head.length + contentBytes;
  viewOf(head).setUint32(0, isLarge ? 1 : size);
  head.set(new TextEncoder().encode(name), 4);
  if (isLarge) viewOf(head).setBigUint64(8, BigInt(size));
  return concat(head, new Uint8Array(contentBytes));
}

function layoutOf(file: Uint8Array): Mp4Layout {
  const layout = new Mp4Layout();
  while (layout.next < file.length) {
    layout.read(file.subarray(layout.next, layout.next + BOX_HEADER_BYTES));
  }
  return layout;
}

const [FTYP, MOOV, MDAT] = [box("ftyp", 16), box("moov", 500), box("mdat", 3000)];

Deno.test("mp4: the order of index and data, and where the file ends", () => {
  const inOrder = concat(FTYP, MOOV, MDAT);
  const reversed = concat(FTYP, box("mdat", 3000, true), MOOV);
  assert.deepEqual([layoutOf(inOrder).hasIndex, layoutOf(inOrder).isDataFirst], [true, false]);
  assert.deepEqual([layoutOf(reversed).hasIndex, layoutOf(reversed).isDataFirst], [true, true]);
  for (const file of [inOrder, reversed]) {
    assert.equal(layoutOf(file).isCutAt(file.length), false);
    assert.equal(layoutOf(file.subarray(0, -1)).isCutAt(file.length - 1), true);
  }
  const withoutIndex = reversed.subarray(0, FTYP.length + 1000);
  assert.equal(layoutOf(withoutIndex).hasIndex, false);
});

Deno.test("mp4: data up to the end of the file is never cut off, nor is what no box can be", () => {
  const endless = box("mdat", 100);
  viewOf(endless).setUint32(0, 0);
  assert.equal(layoutOf(concat(FTYP, MOOV, endless)).isCutAt(200), false);
  const wrong = box("free", 100);
  viewOf(wrong).setUint32(0, 3);
  assert.equal(layoutOf(concat(FTYP, wrong)).next, Infinity);
});

Deno.test("mp4: any bytes are walked through to their end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const layout = layoutOf(bytes);
      assert(layout.next >= bytes.length);
    }),
    runs(300),
  );
});

const EBML_HEAD = bytesOf("1a45dfa3" + "84" + "42868101");

Deno.test("matroska: the end is where the segment ends", () => {
  const short = concat(EBML_HEAD, bytesOf("18538067" + "4100"));
  assert.equal(matroskaEnd(short), EBML_HEAD.length + 4 + 2 + 0x100);
  const long = concat(EBML_HEAD, bytesOf("18538067" + "0100000000100000"));
  assert.equal(matroskaEnd(long), EBML_HEAD.length + 4 + 8 + 0x100000);
});

Deno.test("matroska: written live, it does not say where it ends; nor do other bytes", () => {
  for (const size of ["01ffffffffffffff", "ff", "7fff"]) {
    assert.equal(matroskaEnd(concat(EBML_HEAD, bytesOf("18538067" + size))), undefined);
  }
  assert.equal(matroskaEnd(EBML_HEAD), undefined);
  assert.equal(matroskaEnd(concat(EBML_HEAD, bytesOf("1f43b67581"))), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const end = matroskaEnd(concat(EBML_HEAD, bytes));
      assert(end === undefined || end >= 0);
      matroskaEnd(bytes);
    }),
    runs(300),
  );
});
