import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CollectedMessage,
  MessageCollector,
} from "../../../../client/receiving/messages/message_collector.ts";
import { viewOf } from "../../../../shared/core/bytes.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { packData } from "../../../../shared/data/fragments.ts";
import { runs } from "../../../runs.ts";

const NOTHING = { ok: true, value: undefined };
const UNSIGNED = { ok: false, junk: "unsigned" };

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

const payloadsOf = (number: number, bytes: Uint8Array) =>
  packData(number, bytes).map(({ payload }) => payload);

/** The same fragment with one byte changed. */
function damaged(payload: Uint8Array): Uint8Array {
  const copy = payload.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** Takes only that message for the host's. */
function checking(authentic: readonly Uint8Array[]) {
  let checks = 0;
  const collector = new MessageCollector<number>({
    check: ({ bytes }) => {
      checks++;
      return authentic.some((one) => one.toString() === bytes.toString()) ? undefined : "unsigned";
    },
  });
  return { collector, checks: () => checks };
}

const withoutTags = ({ tags: _tags, ...message }: CollectedMessage) => message;

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
        payloadsOf(number, bytes).map((payload) => ({ payload, ticks }))
      );
      const collector = new MessageCollector();
      collector.dropUpTo(first - 1);
      const whole = [];
      for (const { payload, ticks } of shuffle([...packets, ...packets], rng)) {
        const result = collector.push(payload, ticks);
        assert.ok(result.ok);
        if (result.value) whole.push(withoutTags(result.value));
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
      const collector = new MessageCollector({ maxMessages: 4, maxBytes: 10_000 });
      for (const payload of payloads) {
        const result = collector.push(payload, 1);
        if (!result.ok) assert.deepEqual(result, { ok: false, junk: "malformedData" });
        assert.ok(collector.unfinished.length <= 4);
        assert.ok(collector.heldBytes <= 10_000);
      }
      const bytes = new SeededRng(3).bytes(5000);
      const results = payloadsOf(1000, bytes).map((payload) => collector.push(payload, 2));
      const last = results.at(-1)!;
      assert.ok(last.ok && last.value);
      assert.deepEqual(withoutTags(last.value), { number: 1000, ticks: 2, bytes });
    }),
    runs(300),
  );
});

Deno.test("an unfinished message can be dropped; its fragments are then ignored, later messages are not", () => {
  const collector = new MessageCollector();
  const [first, second] = payloadsOf(1, new Uint8Array(2000));
  collector.push(first!, 10);
  collector.push(payloadsOf(3, new Uint8Array(2000))[0]!, 30);
  assert.deepEqual(collector.unfinished, [{ number: 1, ticks: 10 }, { number: 3, ticks: 30 }]);
  assert.equal(collector.dropUpTo(2), 1);
  assert.deepEqual(collector.unfinished, [{ number: 3, ticks: 30 }]);
  assert.deepEqual(collector.push(second!, 10), NOTHING);
  assert.deepEqual(collector.push(payloadsOf(2, Uint8Array.of(1))[0]!, 20), NOTHING);
  assert.ok(collector.push(payloadsOf(3, new Uint8Array(2000))[1]!, 30).ok);
  assert.equal(collector.heldBytes, 0);
});

Deno.test("over a limit the message gives way of which nothing came for longest, and is counted", () => {
  const collector = new MessageCollector({ maxMessages: 2, maxBytes: 5000 });
  const numbers = () => collector.unfinished.map(({ number }) => number);
  const begin = (number: number) => collector.push(payloadsOf(number, new Uint8Array(9000))[0]!, 0);
  begin(5);
  begin(6);
  collector.push(payloadsOf(5, new Uint8Array(9000))[1]!, 0);
  begin(7);
  assert.deepEqual(numbers(), [5, 7]);
  // Whatever their numbers: one far ahead gives way too.
  begin(2 ** 31 - 1);
  begin(8);
  begin(4);
  assert.deepEqual(numbers(), [4, 8]);
  assert.equal(collector.pushedOut, 4);
  for (const payload of payloadsOf(9, new Uint8Array(9000)).slice(0, 5)) collector.push(payload, 0);
  assert.deepEqual(numbers(), [], "alone it is over the limit of bytes");
  assert.equal(collector.heldBytes, 0);
});

Deno.test("a forged length or time is collected apart, and does not keep the host's message from being whole", () => {
  const bytes = new SeededRng(1).bytes(3000);
  const { collector } = checking([bytes]);
  const forged = new Uint8Array(900).fill(7);
  collector.push(fragment(1, 0, 4_000_000, forged), 50, 0);
  collector.push(payloadsOf(1, bytes)[0]!, 9000, 0);
  assert.deepEqual(collector.push(fragment(1, 0, 900, forged), 50, 0), UNSIGNED);
  assert.ok(collector.heldBytes < 4000, "a forged length takes no memory");
  const [one, two, three] = payloadsOf(1, bytes);
  assert.deepEqual(collector.push(three!, 50, 3), NOTHING);
  assert.deepEqual(collector.push(one!, 50, 1), NOTHING);
  assert.deepEqual(collector.push(two!, 50, 2), {
    ok: true,
    value: { number: 1, ticks: 50, bytes, tags: [1, 2, 3] },
  });
  assert.equal(collector.heldBytes, 0, "nothing is left of the forged ones");
  assert.deepEqual(collector.push(one!, 50, 1), NOTHING);
});

Deno.test("a fragment with other bytes spoils a message only until the host's comes too", () => {
  const bytes = new SeededRng(2).bytes(5000);
  const { collector } = checking([bytes]);
  const all = payloadsOf(1, bytes);
  collector.push(damaged(all[2]!), 50, -2);
  collector.push(damaged(all[4]!), 50, -4);
  for (const index of [0, 1, 3]) collector.push(all[index]!, 50, index);
  assert.deepEqual(collector.push(all[2]!, 50, 2), UNSIGNED);
  assert.deepEqual(collector.push(all[4]!, 50, 4), {
    ok: true,
    value: { number: 1, ticks: 50, bytes, tags: [0, 1, 2, 3, 4] },
  });
});

Deno.test("whatever order the host's fragments and forged ones come in, the host's message is whole with its last one", () => {
  const order = fc.record({
    size: fc.integer({ min: 1, max: 8000 }),
    forged: fc.uniqueArray(fc.nat(7), { maxLength: 3 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(order, ({ size, forged, seed }) => {
      const rng = new SeededRng(seed);
      const bytes = rng.bytes(size);
      const { collector, checks } = checking([bytes]);
      const all = payloadsOf(2 ** 32 - 1, bytes);
      const rivals = forged.filter((index) => index < all.length).map((index) =>
        damaged(all[index]!)
      );
      const whole = shuffle([...all, ...rivals], rng).flatMap((payload) => {
        const result = collector.push(payload, 50, 0);
        return result.ok && result.value ? [result.value] : [];
      });
      assert.equal(whole.length, 1);
      for (const one of whole) assert.deepEqual(one.bytes, bytes);
      assert.ok(checks() <= 32);
    }),
    runs(200),
  );
});

Deno.test("a message of which many fragments are contested is whole, if the forged ones always come first, or last", () => {
  const bytes = new SeededRng(4).bytes(100_000);
  const all = payloadsOf(1, bytes);
  for (const isFirst of [true, false]) {
    const { collector } = checking([bytes]);
    const whole = all.flatMap((payload, index) => {
      const rivals = index % 10 === 0 ? [damaged(payload)] : [];
      const both = isFirst ? [...rivals, payload] : [payload, ...rivals];
      return both.map((one) => collector.push(one, 50, 0)).filter((one) => one.ok && one.value);
    });
    assert.equal(whole.length, 1);
  }
});

Deno.test("the choices tried for one message are bounded; then it is forgotten, and its fragments may come again", () => {
  const bytes = new SeededRng(4).bytes(50_000);
  const { collector, checks } = checking([bytes]);
  const all = payloadsOf(1, bytes);
  for (const payload of all) collector.push(damaged(payload), 50, 0);
  for (const payload of all.slice(1)) collector.push(payload, 50, 0);
  assert.equal(checks(), 32);
  const results = all.map((payload) => collector.push(payload, 50, 0));
  assert.ok(results.some((result) => result.ok && result.value));
});
