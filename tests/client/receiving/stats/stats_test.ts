import assert from "node:assert/strict";
import fc from "fast-check";
import { SequenceGate } from "../../../../client/receiving/stats/sequence_gate.ts";
import { JitterEstimate, StreamStats } from "../../../../client/receiving/stats/stats.ts";
import { networkOrder, packet, STARTS, T0, TIMESTAMP_STARTS } from "../../starts.ts";

const CLOCK_RATE = 90_000;

function run(start: number, order: readonly number[], sent: number) {
  const gate = new SequenceGate({ clockRate: CLOCK_RATE, nextSequence: start, timestampBase: 0 });
  const stats = new StreamStats(CLOCK_RATE, start);
  order.forEach((number, index) => {
    const sequence = start + number;
    const payload = new Uint8Array(number % 7);
    const received = packet({ sequence, ticks: number * 1800, payload });
    for (const arrival of gate.admit(received, T0 + index * 20)) stats.onPacket(arrival);
  });
  gate.confirmSent(start + sent - 1);
  stats.onSent(gate.highest);
  return stats;
}

for (const start of STARTS) {
  Deno.test(`counts equal those of a model for any losses, copies and order, from ${start}`, () => {
    fc.assert(fc.property(networkOrder(), fc.nat(20), (order, tail) => {
      const originals = new Set(order);
      const sent = Math.max(...originals, -1) + 1 + tail;
      const stats = run(start, order, sent);
      let highest = -1;
      let reordered = 0;
      for (const number of originals) {
        if (number < highest) reordered++;
        highest = Math.max(highest, number);
      }
      assert.equal(stats.expected, sent);
      assert.equal(stats.received, originals.size);
      assert.equal(stats.lost, sent - originals.size);
      assert.equal(stats.duplicated, order.length - originals.size);
      assert.equal(stats.reordering.reordered, reordered);
      const bytes = [...originals].reduce((sum, number) => sum + number % 7, 0);
      assert.equal(stats.bytesReceived, bytes);
    }));
  });

  Deno.test(`a lost first packet is a loss, from ${start}`, () => {
    const stats = run(start, [1, 2], 3);
    assert.deepEqual([stats.expected, stats.lost], [3, 1]);
  });
}

Deno.test("before the first packet all counts are zero", () => {
  const stats = new StreamStats(CLOCK_RATE, 65_535);
  assert.deepEqual([stats.expected, stats.received, stats.lost, stats.duplicated], [0, 0, 0, 0]);
});

Deno.test("an older report changes nothing", () => {
  const stats = new StreamStats(CLOCK_RATE, 10);
  stats.onSent(30);
  stats.onSent(20);
  assert.equal(stats.expected, 21);
});

Deno.test("counts stay exact when the sequence number wraps several times", () => {
  const order = Array.from({ length: 200_000 }, (_, number) => number).filter((number) =>
    number % 97 !== 0
  );
  const stats = run(0, order, 200_000);
  assert.equal(stats.lost, Math.ceil(200_000 / 97));
  assert.equal(stats.received, order.length);
});

/** RFC 3550 appendix A.8 exactly as printed, on 32-bit unsigned and signed integers. */
class PrintedEstimate {
  #transit: number | undefined;
  jitter = 0;
  update(arrivalTicks: number, timestamp: number): void {
    const transit = (arrivalTicks - timestamp) | 0;
    if (this.#transit !== undefined) {
      let difference = (transit - this.#transit) | 0;
      if (difference < 0) difference = -difference;
      this.jitter += difference - ((this.jitter + 8) >> 4);
    }
    this.#transit = transit;
  }
}

const steps = fc.array(
  fc.record({ ticks: fc.nat(9000), delay: fc.double({ min: 0, max: 300, noNaN: true }) }),
  { minLength: 2, maxLength: 200 },
);

for (const start of TIMESTAMP_STARTS) {
  Deno.test(`jitter equals RFC 3550 appendix A.8 to the tick, from timestamp ${start}`, () => {
    fc.assert(fc.property(steps, (steps) => {
      const estimate = new JitterEstimate(CLOCK_RATE);
      const printed = new PrintedEstimate();
      let ticks = start;
      for (const step of steps) {
        ticks += step.ticks;
        const arrivedAt = T0 + (ticks - start) / 90 + step.delay;
        estimate.onPacket(ticks, arrivedAt);
        // The same product, so that both round a half the same way.
        printed.update(Math.round(arrivedAt * CLOCK_RATE / 1000) | 0, ticks | 0);
        assert.equal(Math.round(estimate.seconds * CLOCK_RATE * 16), printed.jitter);
        assert.equal(estimate.ticks, printed.jitter >> 4);
      }
    }));
  });
}

Deno.test("the jitter of a steady stream is 0, and that of an alternating one is the difference", () => {
  const steady = new JitterEstimate(CLOCK_RATE);
  const swinging = new JitterEstimate(CLOCK_RATE);
  for (let index = 0; index < 2000; index++) {
    const sentAt = T0 + index * 20;
    steady.onPacket(index * 1800, sentAt + 35);
    swinging.onPacket(index * 1800, sentAt + (index % 2) * 10);
  }
  assert.equal(steady.seconds, 0);
  assert.ok(Math.abs(swinging.seconds - 0.01) < 0.0001, `${swinging.seconds}`);
});

Deno.test("the jitter of a single packet is 0", () => {
  const estimate = new JitterEstimate(48_000);
  estimate.onPacket(2 ** 32 - 1, T0);
  assert.equal(estimate.seconds, 0);
});
