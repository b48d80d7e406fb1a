import assert from "node:assert/strict";
import * as fc from "fast-check";
import { concat } from "../../../shared/core/bytes.ts";
import type { RtpTicks } from "../../../shared/core/units.ts";
import { joinAnnexB } from "../../../shared/media/video/h264.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";
import {
  isPageFramePart,
  MAX_PAGE_FRAME_BYTES,
  PageFrameCollector,
  serializePageFrame,
} from "../../../shared/page/page_frame.ts";
import { MAX_PART_BYTES } from "../../../shared/page/page_parts.ts";
import {
  MAX_FRAME_PACKETS,
  MAX_VIDEO_PAYLOAD_BYTES,
} from "../../../shared/media/video/video_payload.ts";

function vp8(length: number, changes: Partial<{ isKey: boolean; frameNumber: number }> = {}) {
  const bytes = new Uint8Array(length).map((_, index) => index * 7 + (index >> 8));
  return {
    codec: "vp8",
    frameNumber: 5,
    ticks: 9000 as RtpTicks,
    isKey: false,
    bytes,
    ...changes,
  } as const;
}

/** The frames that come out of these messages, and how many were junk. */
function collect(messages: readonly Uint8Array[], collector = new PageFrameCollector()) {
  const results = messages.map((message) => collector.push(message));
  return {
    frames: results.flatMap((result) => result.ok && result.value ? [result.value] : []),
    junk: results.filter(({ ok }) => !ok).length,
  };
}

const PART_EDGES = [1, 2].flatMap((parts) => {
  const whole = MAX_PART_BYTES - 24 + (parts - 1) * (MAX_PART_BYTES - 1);
  return [whole - 1, whole, whole + 1];
});

Deno.test("a frame of any length comes back as it was sent, in parts of bounded size", () => {
  for (const length of [1, 24, ...PART_EDGES, 4 << 20]) {
    const frame = vp8(length, { frameNumber: 2 ** 40 });
    const messages = serializePageFrame(frame);
    assert.ok(messages.every((message) => message.length <= MAX_PART_BYTES), `${length}`);
    assert.ok(messages.every(isPageFramePart));
    const { frames, junk } = collect(messages);
    assert.deepEqual(frames, [frame]);
    assert.equal(junk, 0);
  }
});

Deno.test("H.264 travels as a byte stream with its parameter sets", () => {
  const nalUnits = [Uint8Array.of(0x67, 1), Uint8Array.of(0x68, 2), Uint8Array.of(0x65, 3, 4)];
  const frame: ScreenFrame = {
    codec: "h264",
    frameNumber: 0,
    ticks: 0 as RtpTicks,
    isKey: true,
    nalUnits,
  };
  const [shown] = collect(serializePageFrame(frame)).frames;
  assert.equal(shown!.codec, "h264");
  assert.equal(shown!.isKey, true);
  assert.deepEqual(shown!.bytes, joinAnnexB(nalUnits));
});

Deno.test("the largest frame that a host sends fits; an empty or larger one has no messages", () => {
  assert.ok(MAX_FRAME_PACKETS * (MAX_VIDEO_PAYLOAD_BYTES + 4) < MAX_PAGE_FRAME_BYTES);
  assert.equal(serializePageFrame(vp8(0)).length, 0);
  assert.equal(serializePageFrame(vp8(MAX_PAGE_FRAME_BYTES + 1)).length, 0);
  assert.equal(collect(serializePageFrame(vp8(MAX_PAGE_FRAME_BYTES))).frames.length, 1);
});

Deno.test("a frame whose rest never comes gives way to the next", () => {
  const [begun] = serializePageFrame(vp8(100_000, { frameNumber: 1 }));
  const whole = serializePageFrame(vp8(100_000, { frameNumber: 2 }));
  const { frames, junk } = collect([begun!, ...whole]);
  assert.deepEqual(frames.map(({ frameNumber }) => frameNumber), [2]);
  assert.equal(junk, 0);
});

Deno.test("a part without its first, or one too many, is junk and harms no other frame", () => {
  const [first, ...rest] = serializePageFrame(vp8(100_000));
  const next = serializePageFrame(vp8(10, { frameNumber: 6 }));
  assert.deepEqual(collect([...rest, ...next]).junk, rest.length);
  const twice = collect([first!, ...rest, rest[0]!, ...next]);
  assert.equal(twice.junk, 1);
  assert.deepEqual(twice.frames.map(({ frameNumber }) => frameNumber), [5, 6]);
  const long = [first!, rest[0]!, rest[0]!, rest[0]!, rest[0]!, ...next];
  assert.deepEqual(collect(long).frames.map(({ frameNumber }) => frameNumber), [6]);
});

Deno.test("a first part with one wrong field is junk, and reserves no memory", () => {
  const good = serializePageFrame(vp8(10))[0]!;
  const set = (offset: number, ...bytes: number[]) => {
    const copy = good.slice();
    copy.set(bytes, offset);
    return copy;
  };
  const wrong = [
    set(1, 0),
    set(1, 3),
    set(2, 2),
    set(4, 0xff, 0xff, 0xff, 0xff),
    set(4, 0, 0, 0, 0),
    set(8, 0xbf, 0xf0),
    set(8, 0x7f, 0xf8),
    set(16, 0x7f, 0xf0),
    good.subarray(0, 23),
    new Uint8Array(),
    Uint8Array.of(1),
  ];
  for (const message of wrong) assert.deepEqual(collect([message]), { frames: [], junk: 1 });
  assert.equal(collect([good]).frames.length, 1);
});

Deno.test("whatever comes, nothing throws, and a whole frame after it is read", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) =>
      concat(Uint8Array.of(2, 1, 0, 0, 0, 0, 0), bytes)
    ),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => concat(Uint8Array.of(3), bytes)),
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
    const collector = new PageFrameCollector();
    collect(pieces, collector);
    const frame = vp8(40_000);
    assert.deepEqual(collect(serializePageFrame(frame), collector).frames, [frame]);
  }));
});
