import assert from "node:assert/strict";
import fc from "fast-check";
import { viewOf } from "../../../shared/core/bytes.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { DataCollector } from "../../../shared/data/data_collector.ts";
import { MAX_MESSAGE_BYTES } from "../../../shared/data/data_message.ts";
import { DataPacker, FRAGMENT_BYTES, packData } from "../../../shared/data/fragments.ts";
import { MAX_PAYLOAD_BYTES } from "../../../shared/media/payload.ts";
import { runs } from "../../runs.ts";

const MALFORMED = { ok: false, junk: "malformedData" };
const NOTHING = { ok: true, value: undefined };

function fragment(number: number, offset: number, length: number, bytes: Uint8Array): Uint8Array {
  const payload = new Uint8Array(12 + bytes.length);
  viewOf(payload).setUint32(0, number);
  viewOf(payload).setUint32(4, offset);
  viewOf(payload).setUint32(8, length);
  payload.set(bytes, 12);
  return payload;
}

/** Mixes by a seed. */
function shuffle<Item>(items: readonly Item[], rng: SeededRng): Item[] {
  const mixed = [...items];
  for (let index = mixed.length - 1; index > 0; index--) {
    const other = rng.uint32() % (index + 1);
    [mixed[index], mixed[other]] = [mixed[other]!, mixed[index]!];
  }
  return mixed;
}

Deno.test("a fragment is number, offset, length and bytes; the last one has the marker", () => {
  const message = new SeededRng(1).bytes(FRAGMENT_BYTES + 10);
  assert.deepEqual(packData(7, message), [
    {
      payload: fragment(7, 0, message.length, message.subarray(0, FRAGMENT_BYTES)),
      marker: false,
    },
    {
      payload: fragment(7, FRAGMENT_BYTES, message.length, message.subarray(FRAGMENT_BYTES)),
      marker: true,
    },
  ]);
});

Deno.test("no payload is longer than a packet holds, and the packer counts down", () => {
  for (const length of [1, FRAGMENT_BYTES - 1, FRAGMENT_BYTES, FRAGMENT_BYTES + 1, 200_000]) {
    const packer = new DataPacker(1, new Uint8Array(length));
    let sum = 0;
    for (let next = packer.next(); next; next = packer.next()) {
      assert.ok(next.payload.length <= MAX_PAYLOAD_BYTES);
      sum += next.payload.length - 12;
      assert.equal(packer.remaining, length - sum);
      assert.equal(next.marker, sum === length);
    }
    assert.equal(sum, length);
  }
  assert.throws(() => new DataPacker(1, new Uint8Array()), RangeError);
  assert.throws(() => new DataPacker(1, new Uint8Array(MAX_MESSAGE_BYTES + 1)), RangeError);
});

Deno.test("messages come back whole from fragments in any order, mixed and repeated", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 8 });
  // Counts around the wrap of 32 bits too.
  const first = fc.oneof(
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 2 ** 32 - 9, max: 2 ** 32 }),
  );
  fc.assert(
    fc.property(lengths, first, fc.nat(), (lengths, first, seed) => {
      const rng = new SeededRng(seed);
      const messages = lengths.map((length, index) => ({
        number: first + index,
        ticks: 90 * index,
        bytes: rng.bytes(length),
      }));
      const packets = messages.flatMap(({ number, ticks, bytes }) =>
        packData(number, bytes).map(({ payload }) => ({ payload, ticks }))
      );
      const collector = new DataCollector();
      collector.dropUpTo(first - 1);
      const whole = [];
      for (const { payload, ticks } of shuffle([...packets, ...packets], rng)) {
        const result = collector.push(payload, ticks);
        assert.ok(result.ok);
        if (result.value) whole.push(result.value);
      }
      assert.deepEqual(whole.sort((a, b) => a.number - b.number), messages);
      assert.equal(collector.heldBytes, 0);
      assert.deepEqual(collector.unfinished, []);
    }),
    runs(100),
  );
});

Deno.test("no payload makes the collector throw, hold more than its limits, or lose the messages of others", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 1300 }),
    fc.tuple(fc.nat(9), fc.nat(3000), fc.nat(3000), fc.uint8Array({ maxLength: 1128 }))
      .map(([number, offset, length, bytes]) => fragment(number, offset, length, bytes)),
    fc.tuple(fc.nat(9), fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), fc.uint8Array({ maxLength: 30 }))
      .map(([number, offset, length, bytes]) => fragment(number, offset, length, bytes)),
  );
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 60 }), (payloads) => {
      const limits = { maxMessages: 4, maxBytes: 10_000 };
      const collector = new DataCollector(limits);
      for (const payload of payloads) {
        const result = collector.push(payload, 1);
        if (!result.ok) assert.deepEqual(result, MALFORMED);
        assert.ok(collector.unfinished.length <= 4);
        assert.ok(collector.heldBytes <= 10_000);
      }
      const message = new SeededRng(3).bytes(5000);
      const results = packData(1000, message).map(({ payload }) => collector.push(payload, 2));
      assert.deepEqual(results.at(-1), {
        ok: true,
        value: { number: 1000, ticks: 2, bytes: message },
      });
    }),
    runs(300),
  );
});

Deno.test("what can't be a part of a message is junk", () => {
  const collector = new DataCollector();
  const one = Uint8Array.of(1);
  for (
    const payload of [
      new Uint8Array(),
      new Uint8Array(12),
      fragment(1, 0, 0, one),
      fragment(1, 5, 5, one),
      fragment(1, 0xffff_ffff, 5, one),
      fragment(1, 0, MAX_MESSAGE_BYTES + 1, one),
      fragment(1, 0, 2000, new Uint8Array(1129)),
    ]
  ) assert.deepEqual(collector.push(payload, 0), MALFORMED);
  assert.deepEqual(collector.push(fragment(1, 0, 2, one), 0), NOTHING);
  // The same message can't have two lengths or two times.
  assert.deepEqual(collector.push(fragment(1, 1, 3, one), 0), MALFORMED);
  assert.deepEqual(collector.push(fragment(1, 1, 2, one), 90), MALFORMED);
  assert.ok(collector.push(fragment(1, 1, 2, one), 0).ok);
});

Deno.test("an unfinished message can be dropped; its fragments are then ignored, later messages are not", () => {
  const collector = new DataCollector();
  const [first, second] = packData(1, new Uint8Array(2000));
  collector.push(first!.payload, 10);
  collector.push(packData(3, new Uint8Array(2000))[0]!.payload, 30);
  assert.deepEqual(collector.unfinished, [{ number: 1, ticks: 10 }, { number: 3, ticks: 30 }]);
  assert.equal(collector.dropUpTo(2), 1);
  assert.deepEqual(collector.unfinished, [{ number: 3, ticks: 30 }]);
  assert.deepEqual(collector.push(second!.payload, 10), NOTHING);
  assert.deepEqual(collector.push(packData(2, Uint8Array.of(1))[0]!.payload, 20), NOTHING);
  assert.ok(collector.push(packData(3, new Uint8Array(2000))[1]!.payload, 30).ok);
  assert.equal(collector.heldBytes, 0);
});

Deno.test("over a limit the oldest unfinished message gives way and is counted; an older one does not come in", () => {
  const collector = new DataCollector({ maxMessages: 2, maxBytes: 5000 });
  const begin = (number: number, length: number) =>
    collector.push(packData(number, new Uint8Array(length))[0]!.payload, number);
  begin(5, 2000);
  begin(6, 2000);
  begin(7, 2000);
  assert.deepEqual(collector.unfinished.map(({ number }) => number), [6, 7]);
  begin(8, 4000);
  assert.deepEqual(collector.unfinished.map(({ number }) => number), [8]);
  begin(4, 2000);
  assert.deepEqual(collector.unfinished.map(({ number }) => number), [8]);
  begin(9, 6000);
  assert.deepEqual(collector.unfinished, []);
  assert.equal(collector.pushedOut, 6);
  assert.equal(collector.heldBytes, 0);
});
