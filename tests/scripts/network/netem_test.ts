import assert from "node:assert/strict";
import fc from "fast-check";
import { serializeRtp } from "../../../shared/rtp/rtp.ts";
import {
  Netem,
  type NetemCounts,
  type NetemOptions,
  type PacketFate,
} from "../../../scripts/network/netem.ts";

const SSRC = 0xfeed_f00d;

function media(sequence: number, ssrc = SSRC): Uint8Array {
  return serializeRtp({
    payloadType: 14,
    sequenceNumber: sequence % 0x1_0000,
    timestamp: 0,
    ssrc,
    marker: false,
    payload: Uint8Array.of(sequence >>> 16, sequence >>> 8, sequence),
  });
}

function sequenceOf(datagram: Uint8Array): number {
  const [high, middle, low] = datagram.subarray(12) as unknown as [number, number, number];
  return high * 0x1_0000 + middle * 0x100 + low;
}

/** Pushes `count` packets, one a millisecond, and gives what came out in order. */
function flow(netem: Netem, count: number, first = 0): number[] {
  const out: number[] = [];
  for (let index = 0; index < count; index++) {
    netem.push(media(first + index), index);
    out.push(...netem.poll(index).map(sequenceOf));
  }
  out.push(...netem.poll(Infinity).map(sequenceOf));
  return out;
}

/** The same counts, worked out from what went in and came out alone. */
function recount(count: number, out: readonly number[]): NetemCounts {
  const seen = new Set<number>();
  let highest = -1;
  let duplicated = 0;
  let reordered = 0;
  for (const sequence of out) {
    if (seen.has(sequence)) duplicated++;
    else if (sequence < highest) reordered++;
    seen.add(sequence);
    highest = Math.max(highest, sequence);
  }
  return {
    offered: count,
    lost: count - seen.size,
    forwarded: out.length,
    duplicated,
    reordered,
    bytesForwarded: out.length * 15,
  };
}

Deno.test("a path without options passes everything on at once and in order", () => {
  const netem = new Netem();
  netem.push(media(7), 100);
  assert.equal(netem.deadline, 100);
  assert.deepEqual(netem.poll(100).map(sequenceOf), [7]);
  assert.equal(netem.deadline, undefined);
});

Deno.test("delay holds back, and no further", () => {
  const netem = new Netem({ delayMillis: 40 });
  netem.push(media(1), 100);
  assert.deepEqual(netem.poll(139.9), []);
  assert.equal(netem.deadline, 140);
  assert.equal(netem.poll(140).length, 1);
});

Deno.test("jitter is a queue: it delays and does not reorder", () => {
  const netem = new Netem({ jitterMillis: 30, seed: 5 });
  const out = flow(netem, 2000);
  assert.deepEqual(out, out.toSorted((a, b) => a - b));
  assert.equal(netem.streams.get(SSRC)!.reordered, 0);
});

Deno.test("rates are what was asked for, over 100 000 packets", () => {
  const netem = new Netem({
    seed: 20,
    loss: 0.05,
    duplicate: 0.02,
    reorder: 0.03,
    reorderMillis: 5,
  });
  const out = flow(netem, 100_000);
  const counts = netem.streams.get(SSRC)!;
  assert.deepEqual(counts, recount(100_000, out));
  // Five standard deviations of a binomial draw.
  assertNear(counts.lost, 5000, 350);
  assertNear(counts.duplicated, 1900, 220);
  assertNear(counts.reordered, 2850, 280);
});

Deno.test("burst loss comes in bursts of the mean length asked for", () => {
  const netem = new Netem({ seed: 3, burst: { toBad: 0.01, toGood: 0.2, lossInBad: 1 } });
  const arrived = new Set(flow(netem, 100_000));
  let runs = 0;
  for (let sequence = 1; sequence < 100_000; sequence++) {
    if (!arrived.has(sequence) && arrived.has(sequence - 1)) runs++;
  }
  const { lost } = netem.streams.get(SSRC)!;
  assertNear(lost / 100_000, 0.01 / 0.21, 0.006);
  assertNear(lost / runs, 5, 0.6);
});

Deno.test("counts are exact wherever the sequence starts", () => {
  fc.assert(fc.property(
    fc.record({
      seed: fc.integer({ min: 0, max: 0xffff_ffff }),
      loss: fc.double({ min: 0, max: 0.5, noNaN: true }),
      duplicate: fc.double({ min: 0, max: 0.5, noNaN: true }),
      duplicateMillis: fc.integer({ min: 0, max: 40 }),
      reorder: fc.double({ min: 0, max: 0.5, noNaN: true }),
      reorderMillis: fc.integer({ min: 1, max: 40 }),
      jitterMillis: fc.integer({ min: 0, max: 10 }),
    }),
    fc.constantFrom(0, 1, 32_767, 65_534, 65_535),
    (options: NetemOptions, first) => {
      const netem = new Netem(options);
      const out = flow(netem, 400, first);
      const expected = recount(400, out);
      const counts = netem.streams.get(SSRC);
      assert.deepEqual(counts, expected);
      assert.equal(counts!.forwarded, counts!.offered - counts!.lost + counts!.duplicated);
    },
  ));
});

Deno.test("a packet that was lost is not a duplicate when its number comes round again", () => {
  const netem = new Netem();
  flow(netem, 70_000);
  assert.equal(netem.streams.get(SSRC)!.duplicated, 0);
});

Deno.test("the same seed gives the same run, another seed another", () => {
  const options = { loss: 0.1, duplicate: 0.1, reorder: 0.1, reorderMillis: 9, jitterMillis: 4 };
  const [one, same, other] = [1, 1, 2].map((seed) => flow(new Netem({ ...options, seed }), 500));
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
});

Deno.test("one option changes nothing but its own effect", () => {
  const lost = (options: NetemOptions) => {
    const arrived = new Set(flow(new Netem({ seed: 8, loss: 0.1, ...options }), 500));
    return Array.from({ length: 500 }, (_, sequence) => sequence).filter((n) => !arrived.has(n));
  };
  assert.deepEqual(lost({}), lost({ duplicate: 0.3, reorder: 0.3, reorderMillis: 20 }));
});

Deno.test("streams are counted apart, and what is not RTP apart from them", () => {
  const netem = new Netem({ loss: 1, harms: "media" });
  const control = Uint8Array.of(0x80, 200, 0, 6, ...new Uint8Array(24));
  netem.push(media(1, 10), 0);
  netem.push(media(1, 11), 0);
  netem.push(media(2, 11), 0);
  netem.push(control, 0);
  assert.equal(netem.poll(0).length, 1);
  assert.equal(netem.streams.get(10)!.lost, 1);
  assert.equal(netem.streams.get(11)!.lost, 2);
  assert.deepEqual(netem.others, {
    offered: 1,
    lost: 0,
    forwarded: 1,
    duplicated: 0,
    reordered: 0,
    bytesForwarded: control.length,
  });
});

Deno.test("a path that is cut loses everything, counts it, and recovers", () => {
  const netem = new Netem();
  netem.isCut = true;
  assert.deepEqual(flow(netem, 10), []);
  netem.isCut = false;
  assert.equal(flow(netem, 10, 10).length, 10);
  assert.equal(netem.streams.get(SSRC)!.lost, 10);
});

Deno.test("the buffer that was pushed stays the caller's", () => {
  const netem = new Netem();
  const buffer = media(3);
  netem.push(buffer, 0);
  buffer.fill(0);
  assert.deepEqual(netem.poll(0)[0], media(3));
});

function assertNear(actual: number, expected: number, tolerance: number): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${actual} is not within ${tolerance} of ${expected}`,
  );
}

Deno.test("a path that is changed treats later datagrams so; those under way keep their times and order", () => {
  const netem = new Netem({ delayMillis: 100 });
  netem.push(media(1), 0);
  netem.change({ delayMillis: 10 });
  netem.push(media(2), 20);
  assert.deepEqual(netem.poll(99), []);
  assert.deepEqual(netem.poll(100).map(sequenceOf), [1, 2]);
  netem.change({ loss: 1 });
  netem.push(media(3), 200);
  netem.change({ duplicate: 1, duplicateMillis: 5 });
  netem.push(media(4), 201);
  assert.deepEqual(netem.poll(300).map(sequenceOf), [4, 4]);
  const { offered, lost, duplicated } = netem.streams.get(SSRC)!;
  assert.deepEqual([offered, lost, duplicated], [4, 1, 1]);
});

Deno.test("what becomes of each packet is told when it is pushed, and adds up to the counts", () => {
  const netem = new Netem({ seed: 4, loss: 0.2, duplicate: 0.1, reorder: 0.1, reorderMillis: 9 });
  const fates: PacketFate[] = [];
  netem.watch = (fate) => fates.push(fate);
  flow(netem, 3000, 64_000);
  const { lost, duplicated } = netem.streams.get(SSRC)!;
  assert.deepEqual(fates.map(({ sequence }) => sequence), Array.from(fates, (_, i) => 64_000 + i));
  assert.ok(fates.every(({ ssrc, at }, index) => ssrc === SSRC && at === index));
  assert.equal(fates.filter(({ isLost }) => isLost).length, lost);
  assert.equal(fates.filter(({ isDuplicated }) => isDuplicated).length, duplicated);
  assert.ok(fates.some(({ isHeldBack }) => isHeldBack));
});
