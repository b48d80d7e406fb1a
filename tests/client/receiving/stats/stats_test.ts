import assert from "node:assert/strict";
import fc from "fast-check";
import { SequenceGate } from "../../../../client/receiving/stats/sequence_gate.ts";
import { StreamStats } from "../../../../client/receiving/stats/stats.ts";
import { networkOrder, packet, STARTS, T0 } from "../../starts.ts";

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
  Deno.test(`counts equal a model's for any loss, copies and order, from ${start}`, () => {
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

Deno.test("before anything is sent all is zero", () => {
  const stats = new StreamStats(CLOCK_RATE, 65_535);
  assert.deepEqual([stats.expected, stats.received, stats.lost, stats.duplicated], [0, 0, 0, 0]);
});

Deno.test("an older report takes nothing back", () => {
  const stats = new StreamStats(CLOCK_RATE, 10);
  stats.onSent(30);
  stats.onSent(20);
  assert.equal(stats.expected, 21);
});

Deno.test("counts stay exact through several turns of the sequence number", () => {
  const order = Array.from({ length: 200_000 }, (_, number) => number).filter((number) =>
    number % 97 !== 0
  );
  const stats = run(0, order, 200_000);
  assert.equal(stats.lost, Math.ceil(200_000 / 97));
  assert.equal(stats.received, order.length);
});
