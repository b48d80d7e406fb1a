import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseOpusHead,
  parseOpusPacket,
  serializeOpusHead,
} from "../../../shared/media/opus_packet.ts";
import { opusSamples } from "./frames.ts";

const zeros = (length: number): number[] => new Array<number>(length).fill(0);
/** SILK 20 ms, mono; the code in the lowest two bits. */
const TOC_20_MS = 1 << 3;
/** CELT 2.5 ms, stereo. */
const TOC_2_5_MS = 28 << 3 | 4;

const VALID: readonly (readonly [string, number[], number])[] = [
  ["code 0", [TOC_20_MS, 1, 2, 3], 960],
  ["code 0, nothing but the first byte (silence)", [TOC_20_MS], 960],
  ["code 0, the longest frame", [TOC_20_MS, ...zeros(1275)], 960],
  ["code 1, two frames alike", [TOC_20_MS | 1, 1, 2, 3, 4], 1920],
  ["code 2, two frames", [TOC_20_MS | 2, 1, 9, 8, 8], 1920],
  ["code 2, a length of two bytes", [TOC_20_MS | 2, 252, 1, ...zeros(256), 7], 1920],
  ["code 3, 48 frames of 2.5 ms: the longest packet", [TOC_2_5_MS | 3, 48, ...zeros(48)], 5760],
  ["code 3, constant, padded", [TOC_20_MS | 3, 0x40 | 2, 3, 1, 2, 0, 0, 0], 1920],
  ["code 3, padding of 254 + 1", [TOC_20_MS | 3, 0x40 | 1, 255, 1, 9, ...zeros(255)], 960],
  ["code 3, frames of many sizes", [TOC_20_MS | 3, 0x80 | 3, 1, 2, 9, 8, 8, 7, 7, 7], 2880],
];

for (const [name, bytes, sampleCount] of VALID) {
  Deno.test(`opus packet: ${name}`, () => {
    const channelCount = (bytes[0]! & 4) === 0 ? 1 : 2;
    assert.deepEqual(parseOpusPacket(Uint8Array.from(bytes)), { sampleCount, channelCount });
  });
}

/** RFC 6716 section 3.4. */
const INVALID: readonly (readonly [string, number[]])[] = [
  ["R1: no byte at all", []],
  ["R2: a frame too long", [TOC_20_MS, ...zeros(1276)]],
  ["R3: code 1 with an odd rest", [TOC_20_MS | 1, 1, 2, 3]],
  ["R4: code 2 without a length", [TOC_20_MS | 2]],
  ["R4: code 2, half a length", [TOC_20_MS | 2, 252]],
  ["R4: code 2, longer than the packet", [TOC_20_MS | 2, 5, 1, 1]],
  ["R5: code 3 without a count", [TOC_20_MS | 3]],
  ["R5: code 3 with no frame", [TOC_20_MS | 3, 0]],
  ["R5: more than 120 ms", [TOC_20_MS | 3, 7, ...zeros(7)]],
  ["R6: constant sizes that don't divide", [TOC_20_MS | 3, 2, 1, 1, 1]],
  ["R6: more padding than packet", [TOC_20_MS | 3, 0x40 | 1, 9, 1]],
  ["R6: padding without an end", [TOC_20_MS | 3, 0x40 | 1, 255, 255]],
  ["R7: sizes beyond the packet", [TOC_20_MS | 3, 0x80 | 2, 4, 1, 1]],
];

for (const [name, bytes] of INVALID) {
  Deno.test(`opus packet: refused, ${name}`, () => {
    assert.equal(parseOpusPacket(Uint8Array.from(bytes)), undefined);
  });
}

Deno.test("opus packet: each configuration lasts as long as RFC 6716's table 2 says", () => {
  for (let configuration = 0; configuration < 32; configuration++) {
    const packet = Uint8Array.of(configuration << 3, 1);
    assert.equal(parseOpusPacket(packet)?.sampleCount, opusSamples(configuration));
  }
});

Deno.test("opus packet: any bytes are refused or last 2.5 to 120 ms", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    const info = parseOpusPacket(bytes);
    assert(info === undefined || (info.sampleCount >= 120 && info.sampleCount <= 5760));
  }));
});

Deno.test("opus head: what is written is read", () => {
  const expected = { channelCount: 2, preSkip: 312, mappingFamily: 0, streamCount: 1 };
  assert.deepEqual(parseOpusHead(serializeOpusHead(2, 312)), expected);
});

Deno.test("opus head: surround sound says how many streams it has", () => {
  const head = Uint8Array.of(...serializeOpusHead(6, 312), 4, 2, 0, 4, 1, 2, 3, 5);
  head[18] = 1;
  assert.equal(parseOpusHead(head)?.streamCount, 4);
  assert.equal(parseOpusHead(head.subarray(0, 24)), undefined, "its channel mapping is cut off");
});

Deno.test("opus head: other bytes are none", () => {
  const head = serializeOpusHead(1, 0);
  assert.equal(parseOpusHead(head.subarray(0, 18)), undefined);
  assert.equal(parseOpusHead(head.with(0, 0x6f)), undefined);
  assert.equal(parseOpusHead(head.with(8, 16)), undefined, "a version that can't be read");
  assert.equal(parseOpusHead(head.with(9, 0)), undefined, "no channel");
  assert.equal(parseOpusHead(head.with(9, 3)), undefined, "family 0 has two at most");
});
