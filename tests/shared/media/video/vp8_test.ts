import assert from "node:assert/strict";
import fc from "fast-check";
import { parseVp8Header } from "../../../../shared/media/video/vp8.ts";
import { runs } from "../../../runs.ts";
import { bytesOf, vp8Frame } from "./frames.ts";

Deno.test("a key frame has its size, another frame has none", () => {
  // Shown, version 0, a first partition of one byte; 1920 by 1080.
  const key = bytesOf("30000000".slice(0, 6) + "9d012a80073804" + "00");
  assert.deepEqual(parseVp8Header(key), { isKey: true, isShown: true, width: 1920, height: 1080 });
  assert.deepEqual(parseVp8Header(Uint8Array.of(0x31, 0, 0, 9)), { isKey: false, isShown: true });
  assert.deepEqual(parseVp8Header(Uint8Array.of(0x21, 0, 0, 9)), { isKey: false, isShown: false });
});

Deno.test("the bits that ask for scaling are no part of the size", () => {
  const frame = vp8Frame(20, { isKey: true });
  frame[7]! |= 0xc0;
  frame[9]! |= 0x40;
  assert.deepEqual(parseVp8Header(frame), { isKey: true, isShown: true, width: 640, height: 360 });
});

Deno.test("what can't be a frame is refused", () => {
  const key = vp8Frame(20, { isKey: true });
  for (const wrong of [key.with(3, 0), key.with(4, 0), key.with(5, 0), key.with(0, 0x18)]) {
    assert.equal(parseVp8Header(wrong), undefined);
  }
  for (let length = 0; length < 10; length++) {
    assert.equal(parseVp8Header(key.subarray(0, length)), undefined);
  }
  assert.equal(parseVp8Header(Uint8Array.of(0x31, 0, 0)), undefined, "no first partition");
  assert.equal(parseVp8Header(key.with(6, 0).with(7, 0)), undefined, "no width");
});

Deno.test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const header = parseVp8Header(bytes);
      assert.equal(header?.isKey === true, header?.width !== undefined);
    }),
    runs(2000),
  );
});
