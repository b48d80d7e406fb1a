import assert from "node:assert/strict";
import fc from "fast-check";
import type { EncodedFrame, SoundCodec } from "../../../shared/media/channel.ts";
import {
  createDepacketizer,
  isOversizedOpus,
  MAX_PAYLOAD_BYTES,
  packFrames,
} from "../../../shared/media/payload.ts";
import {
  arbitraryMp3Frame,
  arbitraryOpusFrame,
  LARGEST_MP3,
  mp3Frame,
  mp3Frames,
  opusFrame,
  SMALLEST_MP3,
} from "./frames.ts";

/** One table for the packer, the unpacker and as seeds of the fuzzing below. */
interface PayloadCase {
  readonly name: string;
  readonly codec: SoundCodec;
  readonly frames: readonly EncodedFrame[];
  /** Per packet: bytes of payload, index of the first frame. */
  readonly packets: readonly (readonly [number, number])[];
}

const CASES: readonly PayloadCase[] = [
  { name: "nothing", codec: "mp3", frames: [], packets: [] },
  { name: "one frame", codec: "mp3", frames: mp3Frames(1), packets: [[4 + 417, 0]] },
  {
    name: "several to a packet, up to what fits",
    codec: "mp3",
    frames: mp3Frames(5),
    packets: [[4 + 2 * 417, 0], [4 + 2 * 417, 2], [4 + 417, 4]],
  },
  {
    name: "many small ones",
    codec: "mp3",
    frames: mp3Frames(50, SMALLEST_MP3),
    // 1136 / 24 = 47.3
    packets: [[4 + 47 * 24, 0], [4 + 3 * 24, 47]],
  },
  {
    name: "a big one in fragments, alone",
    codec: "mp3",
    frames: [mp3Frame(), mp3Frame(LARGEST_MP3), mp3Frame()],
    packets: [[4 + 417, 0], [4 + 1136, 1], [4 + 304, 1], [4 + 417, 2]],
  },
  {
    name: "each packet alone",
    codec: "opus",
    frames: [opusFrame(1), opusFrame(160), opusFrame(1140)],
    packets: [[1, 0], [160, 1], [1140, 2]],
  },
];

for (const { name, codec, frames, packets } of CASES) {
  Deno.test(`payload: ${codec}, ${name}`, () => {
    const payloads = packFrames(codec, frames);
    assert.deepEqual(
      payloads.map(({ payload, firstFrame }) => [payload.length, firstFrame]),
      packets,
    );
    assert.deepEqual(unpack(codec, payloads.map(({ payload }) => payload)), frames);
  });
}

Deno.test("payload: MP3 carries RFC 2250's header, Frag_offset in its lower half", () => {
  const [first, second] = packFrames("mp3", [mp3Frame(LARGEST_MP3)]);
  assert.deepEqual([...first!.payload.subarray(0, 5)], [0, 0, 0, 0, 0xff]);
  assert.deepEqual([...second!.payload.subarray(0, 4)], [0, 0, 1136 >> 8, 1136 & 0xff]);
});

Deno.test("payload: an Opus packet that can't be sent is left out and can be counted", () => {
  const frames = [opusFrame(100), opusFrame(1141), opusFrame(101)];
  assert.deepEqual(frames.map(isOversizedOpus), [false, true, false]);
  assert.deepEqual(packFrames("opus", frames).map(({ firstFrame }) => firstFrame), [0, 2]);
});

Deno.test("payload: whatever MP3 frames go in come out, in datagrams that fit", () => {
  fc.assert(fc.property(fc.array(arbitraryMp3Frame, { maxLength: 12 }), (frames) => {
    const payloads = packFrames("mp3", frames).map(({ payload }) => payload);
    assert(payloads.every(({ length }) => length <= MAX_PAYLOAD_BYTES));
    assert.deepEqual(unpack("mp3", payloads), frames);
  }));
});

Deno.test("payload: whatever Opus packets go in come out", () => {
  fc.assert(fc.property(fc.array(arbitraryOpusFrame, { maxLength: 12 }), (frames) => {
    assert.deepEqual(
      unpack("opus", packFrames("opus", frames).map(({ payload }) => payload)),
      frames,
    );
  }));
});

Deno.test("payload: losses leave frames out whole and never harm another", () => {
  const property = fc.property(
    fc.array(arbitraryMp3Frame, { minLength: 1, maxLength: 12 }),
    fc.infiniteStream(fc.boolean()),
    (frames, losses) => {
      const depacketizer = createDepacketizer("mp3");
      const hit = new Set<number>();
      const received: EncodedFrame[] = [];
      let gapBefore = false;
      for (const { payload, firstFrame } of packFrames("mp3", frames)) {
        const isLost = losses.next().value;
        if (isLost) hit.add(firstFrame);
        else received.push(...valueOf(depacketizer.push(payload, gapBefore)));
        gapBefore = isLost;
      }
      const expected = packFrames("mp3", frames).flatMap(({ firstFrame }, index, payloads) => {
        const isSecondFragment = payloads[index - 1]?.firstFrame === firstFrame;
        const next = payloads.find((payload) => payload.firstFrame > firstFrame);
        return isSecondFragment || hit.has(firstFrame)
          ? []
          : frames.slice(firstFrame, next?.firstFrame);
      });
      assert.deepEqual(received, expected);
    },
  );
  fc.assert(property);
});

const BIG = packFrames("mp3", [mp3Frame(LARGEST_MP3)]).map(({ payload }) => payload);

Deno.test("payload: a frame whose end is lost is dropped, the next one is whole", () => {
  const depacketizer = createDepacketizer("mp3");
  assert.deepEqual(valueOf(depacketizer.push(BIG[0]!, false)), []);
  const [next] = packFrames("mp3", [mp3Frame()]);
  assert.deepEqual(valueOf(depacketizer.push(next!.payload, true)), [mp3Frame()]);
});

Deno.test("payload: a fragment without its start is no frame, and no junk either", () => {
  const depacketizer = createDepacketizer("mp3");
  assert.deepEqual(valueOf(depacketizer.push(BIG[1]!, true)), []);
  assert.deepEqual(valueOf(depacketizer.push(BIG[1]!, false)), []);
});

Deno.test("payload: a start twice does not mix two frames", () => {
  const depacketizer = createDepacketizer("mp3");
  const other = packFrames("mp3", [mp3Frame(LARGEST_MP3, 0x33)]).map(({ payload }) => payload);
  depacketizer.push(BIG[0]!, false);
  depacketizer.push(other[0]!, false);
  assert.deepEqual(valueOf(depacketizer.push(other[1]!, false)), [mp3Frame(LARGEST_MP3, 0x33)]);
});

const NONSENSE: readonly (readonly [string, SoundCodec, Uint8Array])[] = [
  ["empty", "mp3", new Uint8Array(0)],
  ["a header alone", "mp3", new Uint8Array(4)],
  ["bits that must be zero", "mp3", BIG[0]!.with(1, 1)],
  ["no frame at the start", "mp3", new Uint8Array(100)],
  ["sound, then something else", "mp3", Uint8Array.of(0, 0, 0, 0, ...mp3Frame().bytes, 1, 2, 3, 4)],
  [
    "a second frame that is cut",
    "mp3",
    Uint8Array.of(0, 0, 0, 0, ...mp3Frame().bytes, ...mp3Frame().bytes.subarray(0, 99)),
  ],
  ["empty", "opus", new Uint8Array(0)],
  ["an odd code 1", "opus", Uint8Array.of(1, 2)],
];

for (const [name, codec, payload] of NONSENSE) {
  Deno.test(`payload: ${codec} junk, ${name}`, () => {
    const result = createDepacketizer(codec).push(payload, false);
    assert.deepEqual(result, { ok: false, junk: "malformedPayload" });
  });
}

Deno.test("payload: fragments that don't fit together are junk, and forgotten", () => {
  for (const wrong of [BIG[1]!.with(3, 0), Uint8Array.of(...BIG[1]!, 0)]) {
    const depacketizer = createDepacketizer("mp3");
    depacketizer.push(BIG[0]!, false);
    assert.equal(depacketizer.push(wrong, false).ok, false);
    assert.deepEqual(valueOf(depacketizer.push(BIG[1]!, false)), []);
  }
});

Deno.test("payload: mutated and random bytes never throw and never give a frame of a wrong length", () => {
  const seeds = CASES.flatMap(({ codec, frames }) =>
    packFrames(codec, frames).map((one) => one.payload)
  );
  const mutated = fc.tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
    fc.nat(1300),
  ).map(([seed, changes, length]) => {
    const bytes = seed.slice(0, length);
    for (const [position, value] of changes) {
      if (bytes.length > 0) bytes[position % bytes.length] = value;
    }
    return bytes;
  });
  const junk = fc.oneof(mutated, fc.uint8Array({ maxLength: 1200 }));
  const codecs = fc.constantFrom<SoundCodec>("mp3", "opus");
  fc.assert(fc.property(codecs, fc.array(fc.tuple(junk, fc.boolean())), (codec, pushes) => {
    const depacketizer = createDepacketizer(codec);
    for (const [payload, gapBefore] of pushes) {
      const result = depacketizer.push(payload, gapBefore);
      if (!result.ok) continue;
      // A frame that came out can be sent again and comes out the same.
      const again = packFrames(codec, result.value).map((one) => one.payload);
      assert.deepEqual(unpack(codec, again), result.value);
    }
  }));
});

Deno.test("payload: frames are copies, because the datagram's buffer is used again", () => {
  for (const { codec, frames } of CASES) {
    const depacketizer = createDepacketizer(codec);
    const received: EncodedFrame[] = [];
    for (const { payload } of packFrames(codec, frames)) {
      const buffer = payload.slice();
      received.push(...valueOf(depacketizer.push(buffer, false)));
      buffer.fill(0xee);
    }
    assert.deepEqual(received, frames);
  }
});

function unpack(codec: SoundCodec, payloads: readonly Uint8Array[]): EncodedFrame[] {
  const depacketizer = createDepacketizer(codec);
  return payloads.flatMap((payload) => valueOf(depacketizer.push(payload, false)));
}

function valueOf(
  result: ReturnType<ReturnType<typeof createDepacketizer>["push"]>,
): EncodedFrame[] {
  assert(result.ok, "refused");
  return result.value;
}
