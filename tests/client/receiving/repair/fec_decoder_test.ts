import assert from "node:assert/strict";
import fc from "fast-check";
import { FecDecoder } from "../../../../client/receiving/repair/fec_decoder.ts";
import type { Arrival } from "../../../../client/receiving/stats/arrival.ts";
import { ParityEncoder } from "../../../../server/edge/repair/parity_encoder.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { SequenceUnwrapper, toSequenceNumber } from "../../../../shared/core/seq.ts";
import { packParity, type Parity, type Protection } from "../../../../shared/rtp/fec.ts";
import { parseRtp, type RtpPacket, serializeRtp } from "../../../../shared/rtp/rtp.ts";
import { runs } from "../../../runs.ts";
import { packet, SSRC, STARTS, T0 } from "../../starts.ts";

const STREAM = { ssrc: SSRC, payloadType: 14 };
const PARITY_STREAM = { ssrc: 0x5555_5555, payloadType: 120 };
const TICKS = 2351;

/** Packets of any lengths, all different; of frames, a frame of one to three, with its number and a marker. */
function stream(count: number, start: number, seed = 1, hasFrames = false): Arrival[] {
  const rng = new SeededRng(seed);
  let frameNumber = 2 ** 32 - 2;
  return Array.from({ length: count }, (_, index) => {
    const payload = rng.bytes(1 + rng.uint32() % 600);
    const marker = hasFrames && rng.uint32() % 3 === 0;
    const arrival = { sequence: start + index, ticks: index * TICKS, arrivedAt: T0 + index * 26 };
    return {
      ...arrival,
      payload,
      ...(hasFrames && { marker, frameNumber: marker ? frameNumber++ : frameNumber }),
    };
  });
}

/** The steps in order: packets and, after each, the parity that it completed. */
type Step = { readonly arrival: Arrival } | { readonly parity: RtpPacket };

function protect(arrivals: readonly Arrival[], protection: Protection, first = 0): Step[] {
  const encoder = new ParityEncoder(protection, SSRC);
  let parityNumber = first;
  return arrivals.flatMap((arrival): Step[] => {
    const { marker = false, frameNumber } = arrival;
    const number = frameNumber === undefined ? {} : { frameNumber: frameNumber % 2 ** 32 };
    const datagram = serializeRtp({ ...packet(arrival), marker, ...number });
    const whole = encoder.push({ sequence: arrival.sequence, datagram });
    return [{ arrival }, ...whole.map((parity) => ({ parity: onWire(parity, parityNumber++) }))];
  });
}

function onWire(parity: Parity, number: number): RtpPacket {
  const sequenceNumber = toSequenceNumber(number);
  const read = parseRtp(packParity(parity, PARITY_STREAM, { sequenceNumber, timestamp: 0 }));
  assert.ok(read.ok);
  return read.value;
}

/** Gives the steps and all recovered packets to a decoder. @returns the recovered packets, in order. */
function decode(decoder: FecDecoder, steps: readonly Step[], all: readonly Arrival[]): number[] {
  const start = all[0]!.sequence;
  const recovered: number[] = [];
  const numbers = new SequenceUnwrapper(0);
  const came = new Set<number>();
  let highest = start;
  const take = (packets: readonly RtpPacket[]): void => {
    for (const { sequenceNumber, payload, timestamp, marker, frameNumber } of packets) {
      const original = all.find(({ sequence }) => toSequenceNumber(sequence) === sequenceNumber);
      assert.ok(original, "It recovers nothing that was never sent");
      assert.ok(!came.has(original.sequence), "It recovers nothing that is here");
      assert.deepEqual(payload, original.payload);
      assert.equal(timestamp, original.ticks);
      assert.equal(marker, original.marker ?? false);
      assert.equal(frameNumber, original.frameNumber && original.frameNumber % 2 ** 32);
      // Of two packets recovered together, the first may recover the second; a listener takes the first.
      if (recovered.includes(original.sequence - start)) continue;
      recovered.push(original.sequence - start);
      take(decoder.onPacket(original));
    }
  };
  for (const step of steps) {
    if ("arrival" in step) {
      highest = Math.max(highest, step.arrival.sequence);
      came.add(step.arrival.sequence);
      take(decoder.onPacket(step.arrival));
    } else {
      const result = decoder.onParity(
        step.parity,
        numbers.unwrap(step.parity.sequenceNumber),
        highest,
      );
      assert.ok(result.ok);
      take(result.value);
    }
  }
  return recovered;
}

function without(steps: readonly Step[], start: number, lost: readonly number[]): Step[] {
  return steps.filter((step) => "parity" in step || !lost.includes(step.arrival.sequence - start));
}

for (const start of STARTS) {
  Deno.test(`a burst as long as a row is recovered completely, from ${start}`, () => {
    const all = stream(12, start);
    const steps = protect(all, { columns: 4, rows: 3, hasRowParity: false });
    for (let first = 0; first <= 8; first++) {
      const burst = [0, 1, 2, 3].map((offset) => first + offset);
      const decoder = new FecDecoder(STREAM);
      assert.deepEqual(decode(decoder, without(steps, start, burst), all).sort(by), burst);
      assert.equal(decoder.packetsReceived, 4);
    }
  });
}

const by = (one: number, other: number) => one - other;

Deno.test("any one loss of each column is recovered bit for bit, whatever the packets' lengths", () => {
  const shape = fc.record({
    columns: fc.integer({ min: 1, max: 8 }),
    rows: fc.integer({ min: 2, max: 8 }),
    hasFrames: fc.boolean(),
  });
  fc.assert(
    fc.property(shape, fc.nat(), fc.constantFrom(...STARTS), (one, seed, start) => {
      const { columns, rows, hasFrames } = one;
      const rng = new SeededRng(seed);
      const all = stream(columns * rows, start, seed, hasFrames);
      const lost = Array.from(
        { length: columns },
        (_, column) => (rng.uint32() % rows) * columns + column,
      );
      const steps = protect(all, { columns, rows, hasRowParity: false }, 5);
      const decoder = new FecDecoder(STREAM, hasFrames);
      const recovered = decode(decoder, without(steps, start, lost), all);
      assert.deepEqual(recovered.sort(by), lost.sort(by));
      assert.equal(decoder.takeRefused(), 0);
    }),
    runs(100),
  );
});

Deno.test("with rows protected too, losses that a column cannot repair are recovered one by one", () => {
  const all = stream(9, 100);
  const steps = protect(all, { columns: 3, rows: 3, hasRowParity: true });
  // Two in the first column: its parity recovers nothing until the rows recover one of them.
  const recovered = decode(new FecDecoder(STREAM), without(steps, 100, [0, 3, 4]), all);
  assert.deepEqual(recovered.sort(by), [0, 3, 4]);
});

Deno.test("two losses in a column are too many, and nothing is recovered", () => {
  const all = stream(6, 100);
  const steps = protect(all, { columns: 2, rows: 3, hasRowParity: false });
  const decoder = new FecDecoder(STREAM);
  assert.deepEqual(decode(decoder, without(steps, 100, [0, 2]), all), []);
  assert.equal(decoder.takeRefused(), 0);
});

Deno.test("recovery works whether a packet or the parity comes last", () => {
  const all = stream(4, 100);
  const steps = protect(all, { columns: 2, rows: 2, hasRowParity: false });
  const late = steps.filter((step) => "arrival" in step && step.arrival.sequence === 102);
  const order = [...without(steps, 100, [0, 2]), ...late];
  assert.deepEqual(decode(new FecDecoder(STREAM), order, all), [0]);
});

Deno.test("with any losses, copies and order, recovered packets are right and were missing", () => {
  const protection = fc.record({
    columns: fc.integer({ min: 1, max: 6 }),
    rows: fc.integer({ min: 2, max: 6 }),
    hasRowParity: fc.boolean(),
  });
  fc.assert(
    fc.property(protection, fc.nat(), fc.constantFrom(...STARTS), (protection, seed, start) => {
      const rng = new SeededRng(seed);
      const all = stream(120, start, seed);
      const fates = protect(all, protection, start % 20_000).flatMap((step, index) => {
        const at = index + rng.uint32() % 5;
        const copies = rng.float() < 0.15 ? 0 : rng.float() < 0.1 ? 2 : 1;
        return Array.from({ length: copies }, (_, copy) => ({ step, at: at + copy * 3 }));
      });
      const steps = fates.sort((one, other) => one.at - other.at).map(({ step }) => step);
      decode(new FecDecoder(STREAM), steps, all);
    }),
    runs(60),
  );
});

Deno.test("a recovered packet of sound has no marker, one of frames has a frame number", () => {
  for (const [isOfFrames, expectsFrames] of [[true, false], [false, true]]) {
    const all = stream(4, 100, 1, isOfFrames);
    const steps = protect(all, { columns: 1, rows: 2, hasRowParity: false });
    const decoder = new FecDecoder(STREAM, expectsFrames);
    assert.deepEqual(decode(decoder, without(steps, 100, [1, 3]), all), []);
    assert.equal(decoder.takeRefused(), 2);
  }
});

Deno.test("each parity packet is counted once, copies are not counted", () => {
  const all = stream(4, 100);
  const steps = protect(all, { columns: 1, rows: 2, hasRowParity: false }, 32_767);
  const decoder = new FecDecoder(STREAM);
  decode(decoder, steps, all);
  decode(decoder, steps.filter((step) => "parity" in step), all);
  assert.equal(decoder.packetsReceived, 2);
  const bytes = steps.reduce(
    (sum, step) => sum + ("parity" in step ? step.parity.payload.length : 0),
    0,
  );
  assert.equal(decoder.bytesReceived, bytes);
});

Deno.test("parity that does not fit the received packets recovers nothing and is counted", () => {
  const all = stream(2, 100);
  const [parity] = protect(all, { columns: 1, rows: 2, hasRowParity: false })
    .flatMap((step) => "parity" in step ? [step.parity] : []);
  const decoder = new FecDecoder(STREAM);
  decoder.onPacket({ ...all[0]!, payload: new Uint8Array(900).fill(3) });
  const result = decoder.onParity(parity!, 0, 101);
  assert.deepEqual(result, { ok: true, value: [] });
  assert.equal(decoder.takeRefused(), 1);
  assert.equal(decoder.takeRefused(), 0);
});

Deno.test("parity of another stream or of far away numbers is junk", () => {
  const steps = protect(stream(2, 100), { columns: 1, rows: 2, hasRowParity: false });
  const [parity] = steps.flatMap((step) => "parity" in step ? [step.parity] : []);
  const other = new FecDecoder({ ssrc: 1, payloadType: 14 });
  assert.deepEqual(other.onParity(parity!, 0, 101), { ok: false, junk: "unknownSsrc" });
  const later = new FecDecoder(STREAM);
  assert.deepEqual(later.onParity(parity!, 0, 20_000), { ok: false, junk: "malformedParity" });
});

Deno.test("a forged parity number far ahead does not make later parity look like copies", () => {
  const decoder = new FecDecoder(STREAM);
  const all = stream(4, 100);
  const parities = protect(all, { columns: 1, rows: 2, hasRowParity: false })
    .flatMap((step) => "parity" in step ? [step.parity] : []);
  decoder.onParity(parities[0]!, 1_000_000, 101);
  decoder.onPacket(all[2]!);
  const result = decoder.onParity(parities[1]!, 1, 103);
  assert.ok(result.ok && result.value.length === 1);
  assert.deepEqual(decoder.onParity(parities[1]!, 1, 103), { ok: true, value: [] }, "a copy");
  assert.equal(decoder.packetsReceived, 2);
});
