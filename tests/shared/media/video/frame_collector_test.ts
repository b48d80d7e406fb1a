import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameCollector } from "../../../../shared/media/video/frame_collector.ts";
import {
  type FramePacket,
  markLast,
  MAX_FRAME_PACKETS,
} from "../../../../shared/media/video/video_payload.ts";
import { runs } from "../../../runs.ts";
import { packetsOf, pushAll, STARTS } from "./streams.ts";

/** In these tests a payload that certainly begins a frame begins with 1. */
const beginsFrame = (payload: Uint8Array) => payload[0] === 1;
const collector = () => new FrameCollector(beginsFrame);

/** Frames of these numbers of packets; the first payload of each begins with `first`. */
function framesOf(sizes: readonly number[], first: number) {
  return sizes.map((size) =>
    markLast(Array.from({ length: size }, (_, index) => Uint8Array.of(index === 0 ? first : 2, 9)))
  );
}

const numbersOf = ({ frames }: { frames: readonly { frameNumber: number }[] }) =>
  frames.map(({ frameNumber }) => frameNumber);

/** One row is one stream: sizes of its frames, the packets that are lost, the frames given out. */
const LOSSES: readonly {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly lost: readonly number[];
  readonly given: readonly number[];
  readonly givenIfUncertain: readonly number[];
}[] = [
  { name: "nothing", sizes: [3, 1, 2], lost: [], given: [0, 1, 2], givenIfUncertain: [0, 1, 2] },
  { name: "a middle", sizes: [1, 3, 1], lost: [2], given: [0, 2], givenIfUncertain: [0, 2] },
  { name: "a first", sizes: [1, 3, 1], lost: [1], given: [0, 2], givenIfUncertain: [0, 2] },
  { name: "a last", sizes: [1, 3, 1], lost: [3], given: [0, 2], givenIfUncertain: [0, 2] },
  { name: "a whole frame", sizes: [1, 1, 1], lost: [1], given: [0, 2], givenIfUncertain: [0, 2] },
  {
    name: "two whole frames of one packet",
    sizes: [2, 1, 1, 2],
    lost: [2, 3],
    given: [0, 3],
    givenIfUncertain: [0, 3],
  },
  {
    name: "a frame of two packets, which might have been one and the next one's first",
    sizes: [1, 2, 2, 1],
    lost: [1, 2],
    given: [0, 2, 3],
    givenIfUncertain: [0, 3],
  },
  {
    name: "a frame's last packet and the next one's first",
    sizes: [1, 2, 2, 1],
    lost: [2, 3],
    given: [0, 3],
    givenIfUncertain: [0, 3],
  },
];

for (const { name, sizes, lost, given, givenIfUncertain } of LOSSES) {
  Deno.test(`frames with a packet missing are not given out: ${name}`, () => {
    for (const start of STARTS) {
      const from = { sequence: start, frameNumber: start };
      const receive = (first: number) => {
        const packets = packetsOf(framesOf(sizes, first), from);
        // The first frame of a stream is given out only when it is certain to be whole.
        packets[0] = { ...packets[0]!, payload: Uint8Array.of(1, 9) };
        return pushAll(collector(), packets.filter((_, index) => !lost.includes(index)));
      };
      for (const [first, expected] of [[1, given], [2, givenIfUncertain]] as const) {
        const received = receive(first);
        assert.deepEqual(numbersOf(received), expected.map((number) => start + number));
        assert.equal(received.lost, sizes.length - expected.length);
        assert.deepEqual(received.junk, []);
      }
    }
  });
}

Deno.test("a frame that has certainly lost a packet does not begin anew within", () => {
  const packets = packetsOf(framesOf([1, 3, 1], 1));
  packets[2] = { ...packets[2]!, payload: Uint8Array.of(1, 9) };
  const received = pushAll(collector(), packets.filter((_, index) => index !== 1));
  assert.deepEqual([numbersOf(received), received.lost], [[0, 2], 1]);
});

Deno.test("a loss is told with the first packet behind it", () => {
  const packets = packetsOf(framesOf([2, 3, 2], 1));
  const collecting = collector();
  const losses = [0, 1, 2, 4, 5, 6].map((index) => collecting.push(packets[index]!).lost);
  assert.deepEqual(losses, [0, 0, 0, 1, 0, 0]);
});

Deno.test("a listener that joins within a frame waits for the next", () => {
  const packets = packetsOf(framesOf([3, 2], 2)).slice(1);
  assert.deepEqual(numbersOf(pushAll(collector(), packets)), [1]);
});

Deno.test("late and double packets, and those of a frame that is over, change nothing", () => {
  const packets = packetsOf(framesOf([2, 2, 2], 1));
  const more = [
    packets[0]!,
    packets[0]!,
    packets[1]!,
    packets[0]!,
    { ...packets[2]!, frameNumber: 0 },
    ...packets.slice(2),
  ];
  const received = pushAll(collector(), more);
  assert.deepEqual(numbersOf(received), [0, 1, 2]);
  assert.equal(received.junk.length, 3);
});

Deno.test("a frame without an end is lost when the next begins", () => {
  const [first, second] = packetsOf(framesOf([1, 1], 1));
  const received = pushAll(collector(), [{ ...first!, marker: false }, second!]);
  assert.deepEqual(numbersOf(received), [1]);
  assert.equal(received.lost, 1);
});

Deno.test("an empty payload, one longer than a datagram, and a second timestamp spoil the frame", () => {
  const packets = packetsOf(framesOf([3, 1], 1));
  const spoilt: Partial<FramePacket>[] = [
    { payload: new Uint8Array(0) },
    { payload: new Uint8Array(1201) },
    { ticks: 1 },
  ];
  for (const change of spoilt) {
    const received = pushAll(collector(), packets.with(1, { ...packets[1]!, ...change }));
    assert.deepEqual(numbersOf(received), [1]);
    assert.deepEqual([received.lost, received.junk], [1, ["malformedPayload"]]);
  }
});

Deno.test("a frame without end takes no more memory than the largest frame", () => {
  const [largest, larger] = [MAX_FRAME_PACKETS, MAX_FRAME_PACKETS + 1].map((size) =>
    pushAll(collector(), packetsOf(framesOf([size, 1], 1)))
  );
  assert.deepEqual(numbersOf(largest!), [0, 1]);
  assert.deepEqual(numbersOf(larger!), [1]);
  assert.deepEqual([larger!.lost, larger!.junk], [1, ["overflow"]]);
});

const arbitrarySizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 });

Deno.test("whatever is lost, a frame with a gap never comes out, and the counts add up", () => {
  const arbitrary = fc.record({
    sizes: arbitrarySizes,
    first: fc.constantFrom(1, 2),
    start: fc.constantFrom(...STARTS),
    losses: fc.infiniteStream(fc.nat(3)),
  });
  fc.assert(
    fc.property(arbitrary, ({ sizes, first, start, losses }) => {
      const packets = packetsOf(framesOf(sizes, first), { sequence: start, frameNumber: start });
      const arrived = packets.filter(() => losses.next().value > 0);
      const { frames, lost, junk } = pushAll(collector(), arrived);
      for (const { frameNumber, payloads } of frames) {
        assert.equal(payloads.length, sizes[frameNumber - start]);
      }
      const [earliest, latest] = [arrived[0], arrived.at(-1)];
      if (earliest === undefined || latest === undefined) return;
      // The last frame is still open when its marker was lost.
      const isOpen = frames.at(-1)?.frameNumber !== latest.frameNumber;
      const all = latest.frameNumber - earliest.frameNumber + 1;
      const settled = frames.length + lost;
      assert.ok(settled === all || (isOpen && settled === all - 1), `${settled} of ${all}`);
      assert.deepEqual(junk, []);
    }),
    runs(1000),
  );
});

Deno.test("whatever one packet is lost, its frame alone is missing, but for the first of the stream", () => {
  fc.assert(
    fc.property(arbitrarySizes, fc.nat(), fc.constantFrom(...STARTS), (sizes, pick, start) => {
      const from = { sequence: start, frameNumber: start };
      const packets = packetsOf(framesOf([1, ...sizes, 1], 2), from);
      packets[0] = { ...packets[0]!, payload: Uint8Array.of(1) };
      const lost = packets[1 + pick % (packets.length - 2)]!;
      const received = pushAll(collector(), packets.filter((packet) => packet !== lost));
      const all = [...sizes, 0, 0].map((_, index) => start + index);
      assert.deepEqual(numbersOf(received), all.filter((number) => number !== lost.frameNumber));
      assert.equal(received.lost, 1);
    }),
    runs(500),
  );
});

Deno.test("no order, number or size makes it throw or give out a frame twice", () => {
  const packet = fc.record({
    sequence: fc.oneof(fc.nat(20), fc.integer()),
    frameNumber: fc.oneof(fc.nat(6), fc.integer()),
    ticks: fc.constantFrom(0, 0, 0, 1),
    marker: fc.boolean(),
    payload: fc.uint8Array({ maxLength: 3, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
      const numbers = numbersOf(pushAll(collector(), packets));
      assert.deepEqual(numbers, [...new Set(numbers)].sort((one, other) => one - other));
    }),
    runs(1000),
  );
});
