import assert from "node:assert/strict";
import { StreamOpener, type StreamPlan } from "../../../server/origin/numbered_stream.ts";
import { SeededRng } from "../../../shared/core/rng.ts";

const EVENTS: StreamPlan = { name: "events", kind: "ordered", codec: "json", aheadMillis: 0 };

Deno.test("streams are chosen at random, and never share an SSRC or an id", () => {
  const opener = new StreamOpener(new SeededRng(3));
  const setups = Array.from({ length: 50 }, () => opener.open(EVENTS).setup);
  assert.equal(new Set(setups.map(({ ssrc }) => ssrc)).size, 50);
  assert.equal(new Set(setups.map(({ id }) => id)).size, 50);
  assert(new Set(setups.map(({ sequenceBase }) => sequenceBase)).size > 40);
  assert(setups.every(({ sequenceBase }) => sequenceBase < 65_536));
});

Deno.test("an SSRC that comes twice from the generator is given once", () => {
  const values = [11, 5, 0, 12, 5, 6, 0];
  const rng = { uint32: () => values.shift()! } as unknown as SeededRng;
  const opener = new StreamOpener(rng);
  assert.deepEqual([opener.open(EVENTS), opener.open(EVENTS)].map(({ setup }) => setup.ssrc), [
    5,
    6,
  ]);
});

for (const start of [0, 65_534, 65_535]) {
  Deno.test(`items are numbered without a gap from ${start}, and the set-up tells the next`, () => {
    const stream = new StreamOpener(new SeededRng(1), start).open(EVENTS);
    assert.equal(stream.setup.sequenceBase, start);
    for (let index = 0; index < 5; index++) {
      const item = stream.number(Uint8Array.of(1, 2, 3), index);
      assert.deepEqual([item.sequence, item.ticks, item.channel], [
        start + index,
        index,
        stream.id,
      ]);
    }
    const { nextSequence, octetCount, sequenceBase } = stream.setup;
    assert.deepEqual([nextSequence, octetCount, sequenceBase], [start + 5, 15, start]);
    assert.equal(stream.packetCount, 5);
  });
}
