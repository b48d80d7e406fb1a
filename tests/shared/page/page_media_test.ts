import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parsePageMedia, serializePageMedia } from "../../../shared/page/page_media.ts";

const frame = fc.record({
  bytes: fc.uint8Array({ maxLength: 1500 }),
  sampleCount: fc.integer({ min: 0, max: 5760 }),
});
const media = fc.record({
  number: fc.integer({ min: 0, max: 0xffff_ffff }),
  lostBefore: fc.integer({ min: 0, max: 0xffff }),
  mediaTime: fc.double({ noNaN: true, min: 0, max: 1e6 }),
  frames: fc.array(frame, { minLength: 1, maxLength: 40 }),
});

Deno.test("sound comes back as it was sent", () => {
  fc.assert(fc.property(media, (given) => {
    const frames = given.frames.map((one) => ({ ...one, sampleRate: 44_100 }));
    const result = parsePageMedia(serializePageMedia({ ...given, frames }));
    assert.deepEqual(result, { ok: true, value: { ...given, frames } });
  }));
});

Deno.test("a message that is cut anywhere, or has a byte too much, is junk", () => {
  const frames = [10, 0, 20].map((length) => ({
    bytes: new Uint8Array(length).fill(7),
    sampleCount: 1152,
    sampleRate: 44_100,
  }));
  const whole = serializePageMedia({ number: 1, lostBefore: 0, mediaTime: 0, frames });
  for (let length = 0; length < whole.length; length++) {
    assert.equal(parsePageMedia(whole.subarray(0, length)).ok, false, `${length} bytes`);
  }
  assert.equal(parsePageMedia(new Uint8Array([...whole, 0])).ok, false);
  assert.equal(parsePageMedia(whole).ok, true);
});

Deno.test("random bytes never throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    parsePageMedia(bytes);
    // Most random messages fail at the first byte: look behind it too.
    parsePageMedia(new Uint8Array([1, ...bytes]));
  }));
});

Deno.test("a view into a larger buffer is read from its own start", () => {
  const one = { bytes: Uint8Array.of(1, 2, 3), sampleCount: 960, sampleRate: 48_000 };
  const message = serializePageMedia({ number: 5, lostBefore: 2, mediaTime: 1.5, frames: [one] });
  const padded = new Uint8Array([9, 9, 9, ...message]);
  const result = parsePageMedia(padded.subarray(3));
  assert.ok(result.ok);
  assert.equal(result.value.mediaTime, 1.5);
  assert.deepEqual(result.value.frames, [one]);
});

Deno.test("what can't be written is refused, and a long loss is capped", () => {
  const empty = { number: 0, lostBefore: 0, mediaTime: 0, frames: [] };
  assert.throws(() => serializePageMedia(empty), RangeError);
  const huge = { bytes: new Uint8Array(0x10000), sampleCount: 1, sampleRate: 8000 };
  assert.throws(() => serializePageMedia({ ...empty, frames: [huge] }), RangeError);
  const small = { ...huge, bytes: new Uint8Array(1) };
  const result = parsePageMedia(
    serializePageMedia({ ...empty, lostBefore: 1e6, frames: [small] }),
  );
  assert.ok(result.ok);
  assert.equal(result.value.lostBefore, 0xffff);
});
