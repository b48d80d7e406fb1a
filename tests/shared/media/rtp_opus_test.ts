import assert from "node:assert/strict";
import fc from "fast-check";
import type { EncodedFrame } from "../../../shared/media/channel.ts";
import { parseOpusPacket, readOpusFrames } from "../../../shared/media/opus_packet.ts";
import { MAX_PAYLOAD_BYTES } from "../../../shared/media/payload.ts";
import { splitOpus } from "../../../shared/media/rtp_opus.ts";
import { opusFrame } from "./frames.ts";
import { codedPacket } from "./opus_packets.ts";

/** CELT 20 ms, stereo. */
const CELT_20_MS = 31 << 3 | 4;
/** CELT 2.5 ms, mono. */
const CELT_2_5_MS = 28 << 3;

interface Case {
  readonly name: string;
  readonly packet: EncodedFrame;
  /** Per piece: its bytes, its code, samples at 48 kHz. */
  readonly pieces: readonly (readonly [bytes: number, code: number, samples: number])[];
}

const CASES: readonly Case[] = [
  {
    name: "code 0 that fits stays as it is",
    packet: codedPacket(CELT_20_MS, { code: 0, sizes: [1139] }),
    pieces: [[1140, 0, 960]],
  },
  {
    name: "code 1, two frames alike, become two packets of one",
    packet: codedPacket(CELT_20_MS, { code: 1, sizes: [600, 600] }),
    pieces: [[601, 0, 960], [601, 0, 960]],
  },
  {
    name: "code 2, two frames of two sizes",
    packet: codedPacket(CELT_20_MS, { code: 2, sizes: [200, 1000] }),
    pieces: [[201, 0, 960], [1001, 0, 960]],
  },
  {
    name: "code 3, constant: as few packets as fit, and even ones",
    packet: codedPacket(CELT_20_MS, { code: 3, sizes: [240, 240, 240, 240, 240, 240] }),
    pieces: [[722, 3, 2880], [722, 3, 2880]],
  },
  {
    name: "code 3, constant, in twos",
    packet: codedPacket(CELT_20_MS, { code: 3, sizes: [480, 480, 480, 480, 480, 480] }),
    pieces: [[961, 1, 1920], [961, 1, 1920], [961, 1, 1920]],
  },
  {
    name: "code 3, of many sizes, each piece told as short as can be",
    packet: codedPacket(CELT_20_MS, { code: 3, sizes: [300, 310, 300, 320, 1, 2], vbr: true }),
    pieces: [[2 + 4 + 910, 3, 2880], [2 + 3 + 323, 3, 2880]],
  },
  {
    name: "code 3 of one frame with so much padding that it does not fit: the padding goes",
    packet: codedPacket(CELT_20_MS, { code: 3, sizes: [500], padding: 900 }),
    pieces: [[501, 0, 960]],
  },
  {
    name: "code 3, padded, of many sizes",
    packet: codedPacket(CELT_20_MS, { code: 3, sizes: [700, 0, 700], vbr: true, padding: 300 }),
    pieces: [[701, 0, 960], [1 + 1 + 700, 2, 1920]],
  },
  {
    name: "48 frames of 2.5 ms: the longest packet",
    packet: codedPacket(CELT_2_5_MS, { code: 3, sizes: new Array<number>(48).fill(60) }),
    pieces: [[962, 3, 1920], [962, 3, 1920], [962, 3, 1920]],
  },
  {
    name: "a frame that does not fit goes alone, for its neighbors to be sent",
    packet: codedPacket(CELT_20_MS, { code: 2, sizes: [100, 1275] }),
    pieces: [[101, 0, 960], [1276, 0, 960]],
  },
];

for (const { name, packet, pieces } of CASES) {
  Deno.test(`opus: ${name}`, () => {
    const split = splitOpus(packet);
    assert.deepEqual(
      split.map(({ bytes, sampleCount }) => [bytes.length, bytes[0]! & 3, sampleCount]),
      pieces,
    );
    assertSameSound(packet, split);
  });
}

Deno.test("opus: what fits is sent bit for bit, padding and all", () => {
  const packet = codedPacket(CELT_20_MS, { code: 3, sizes: [500], padding: 500 });
  assert.deepEqual(splitOpus(packet), [packet]);
});

Deno.test("opus: one long frame can't be split", () => {
  const packet = opusFrame(1141);
  assert.deepEqual(splitOpus(packet), [packet]);
});

Deno.test("opus: whatever the packet, its pieces hold its frames in order and all of its time", () => {
  const toc = fc.integer({ min: 0, max: 63 }).map((upperBits) => upperBits << 2);
  const shape = fc.record({
    sizes: fc.array(fc.integer({ min: 0, max: 1275 }), { minLength: 1, maxLength: 48 }),
    isConstant: fc.boolean(),
    padding: fc.nat(2000),
  });
  fc.assert(fc.property(toc, shape, (toc, { sizes, isConstant, padding }) => {
    const packet = codedPacket(toc, {
      code: 3,
      sizes: isConstant ? sizes.map(() => sizes[0]!) : sizes,
      vbr: !isConstant,
      padding,
    });
    fc.pre(parseOpusPacket(packet.bytes) !== undefined);
    const split = splitOpus(packet);
    assertSameSound(packet, split);
    const fits = sizes.every((size) => (isConstant ? sizes[0]! : size) < MAX_PAYLOAD_BYTES);
    if (fits) assert(split.every(({ bytes }) => bytes.length <= MAX_PAYLOAD_BYTES));
  }));
});

function assertSameSound(packet: EncodedFrame, pieces: readonly EncodedFrame[]): void {
  assert.deepEqual(pieces.flatMap(framesOf), framesOf(packet));
  const total = pieces.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
  assert.equal(total, packet.sampleCount);
  for (const { bytes, sampleCount } of pieces) {
    assert.equal(parseOpusPacket(bytes)?.sampleCount, sampleCount);
    assert.equal(bytes[0]! & 0xfc, packet.bytes[0]! & 0xfc, "another mode, or other channels");
  }
}

function framesOf({ bytes }: EncodedFrame): string[] {
  return readOpusFrames(bytes)!.frames.map((frame) => frame.join(" "));
}
