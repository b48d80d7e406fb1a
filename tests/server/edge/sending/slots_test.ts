import assert from "node:assert/strict";
import fc from "fast-check";
import {
  SLOT_COUNT,
  SLOT_SIZE,
  slotDelay,
  type SlotJob,
  SlotNumbers,
  Slots,
} from "../../../../server/edge/sending/slots.ts";
import type { Job, Recipient } from "../../../../server/edge/sending/job.ts";
import { Destination } from "../../../../shared/driver/socket.ts";
import type { Millis } from "../../../../shared/core/units.ts";

const T0 = 1_763_600_000_000;

function recipient(slot: number, port = 4000): Recipient {
  return { destination: new Destination({ hostname: "10.0.0.1", port }), hasLeft: false, slot };
}

/** One in each slot. */
const EVERYONE = Array.from({ length: SLOT_COUNT }, (_, slot) => recipient(slot));

function packet(byte: number, recipients = EVERYONE, ssrc = 7): Job {
  return { datagram: Uint8Array.of(byte), recipients, kind: "media", ssrc };
}

const nameOf = ({ job, slot }: SlotJob) => `${(job.datagram as Uint8Array)[0]}>${slot}`;

/** Takes all that is due. */
function take(slots: Slots): string[] {
  const taken: string[] = [];
  for (let next = slots.next; next; next = slots.next) {
    taken.push(nameOf(next));
    slots.takeNext(next);
  }
  return taken;
}

Deno.test("each slot comes when it is due, at the same distance from every packet", () => {
  const slots = new Slots(10);
  const left: string[] = [];
  for (const [byte, at] of [[1, T0], [2, T0 + 20], [3, T0 + 40]] as const) {
    slots.put(packet(byte), 10, at);
    for (let now = at; now < at + 20; now = Math.min(slots.deadline, at + 20)) {
      slots.advance(now);
      for (const name of take(slots)) left.push(`${name} at ${now - at}`);
    }
  }
  const expected = [1, 2, 3].flatMap((byte) =>
    EVERYONE.map(({ slot }) => `${byte}>${slot} at ${slotDelay(slot!, 10)}`)
  );
  assert.deepEqual(left, expected);
  assert.equal(slots.deadline, Infinity);
  assert.ok(slots.isEmpty);
});

Deno.test("nothing overtakes what came before it, also when the slots come to lie closer together", () => {
  const step = fc.record({
    after: fc.double({ min: 0, max: 30, noNaN: true }),
    spread: fc.double({ min: 0, max: 20, noNaN: true }),
    wakes: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const slots = new Slots(1000);
    const got = EVERYONE.map((): number[] => []);
    const drain = () => {
      for (const name of take(slots)) {
        const [byte, slot] = name.split(">").map(Number);
        got[slot!]!.push(byte!);
      }
    };
    let now = T0;
    for (const [byte, { after, spread, wakes }] of steps.entries()) {
      now += after;
      if (wakes) slots.advance(now);
      if (wakes) drain();
      slots.put(packet(byte), spread, now);
    }
    slots.advance(Infinity);
    drain();
    for (const bytes of got) assert.deepEqual(bytes, steps.map((_, index) => index));
  }));
});

Deno.test("what has not left counts as waiting for its slot alone, until all of the slot has it", () => {
  const slots = new Slots(10);
  slots.put(packet(1), 10, T0);
  slots.put(packet(2, EVERYONE, 8), 10, T0);
  const waiting = (ssrc: number) => EVERYONE.map(({ slot }) => slots.waiting(slot!, ssrc));
  assert.deepEqual(waiting(7), EVERYONE.map(() => 1));
  take(slots);
  assert.deepEqual(waiting(7), EVERYONE.map(({ slot }) => slot === 0 ? 0 : 1));
  assert.deepEqual(waiting(8), EVERYONE.map(({ slot }) => slot === 0 ? 0 : 1));
  slots.advance(T0 + 10);
  assert.equal(slots.waiting(9, 7), 1, "its time has come, but it has not left");
  take(slots);
  assert.deepEqual(waiting(7), EVERYONE.map(() => 0));
});

Deno.test("after a standstill what is due leaves in the order of its slots' times", () => {
  const slots = new Slots(10);
  const two = [recipient(0), recipient(5)];
  slots.put(packet(1, two), 10, T0);
  slots.put(packet(2, two), 10, T0 + 3);
  slots.put(packet(3, two), 10, T0 + 6);
  slots.advance(T0 + 1000);
  assert.deepEqual(take(slots), ["1>0", "2>0", "1>5", "3>0", "2>5", "3>5"]);
});

Deno.test("beyond its capacity a slot drops what comes, counts it, and no other slot does", () => {
  const slots = new Slots(3);
  const two = [recipient(0, 1), recipient(0, 2), recipient(9)];
  const dropped = [1, 2, 3, 4].map((byte) => slots.put(packet(byte, two), 10, T0));
  assert.deepEqual(dropped, [0, 0, 0, 3]);
  take(slots);
  assert.equal(slots.put(packet(5, two), 10, T0 + 1), 1, "slot 0 was free again, slot 9 was not");
  assert.equal(slots.longest, 3);
});

Deno.test("a packet is held once, whatever the number of listeners and slots", () => {
  const slots = new Slots(10);
  const job = packet(1);
  slots.put(job, 10, T0);
  slots.advance(T0 + 10);
  for (let next = slots.next; next; next = slots.next) {
    assert.equal(next.job.datagram, job.datagram);
    slots.takeNext(next);
  }
});

Deno.test("a thousand packets later nothing is kept of them", () => {
  const slots = new Slots(10);
  for (let index = 0; index < 1000; index++) {
    slots.put(packet(index % 256), 10, T0 + 5 * index);
    take(slots);
    assert.ok(slots.longest <= 3);
  }
  slots.advance(Infinity);
  take(slots);
  assert.ok(slots.isEmpty);
});

Deno.test("whoever has no slot of its own gets all in the first", () => {
  const slots = new Slots(10);
  const player = { destination: recipient(0).destination, hasLeft: false };
  slots.put(packet(1, [player]), 10, T0);
  assert.deepEqual(take(slots), ["1>0"]);
});

Deno.test("no more slots are used than are needed, and beyond that they have as many each, whoever comes and leaves", () => {
  const numbers = new SlotNumbers();
  const held: number[] = [];
  const taken = (count: number) => {
    numbers.clear();
    held.length = 0;
    for (let index = 0; index < count; index++) held.push(numbers.take());
    const counts = new Map<number, number>();
    for (const slot of held) counts.set(slot, (counts.get(slot) ?? 0) + 1);
    return [...counts];
  };
  fc.assert(fc.property(fc.array(fc.nat(100), { maxLength: 300 }), (steps) => {
    for (const step of steps) {
      if (step < 70 || held.length === 0) held.push(numbers.take());
      else numbers.giveBack(held.splice(step % held.length, 1)[0]!);
    }
    assert.deepEqual(taken(2 * SLOT_SIZE + 100), [[0, SLOT_SIZE], [5, SLOT_SIZE], [2, 100]]);
    const many = taken(SLOT_COUNT * (SLOT_SIZE + 50));
    assert.deepEqual(many.map(([, count]) => count), Array(SLOT_COUNT).fill(SLOT_SIZE + 50));
    for (const slot of held.splice(0)) numbers.giveBack(slot);
  }));
});

Deno.test("a place that was left in a slot in use is taken again first", () => {
  const numbers = new SlotNumbers();
  const slots = Array.from({ length: 3 * SLOT_SIZE }, () => numbers.take());
  numbers.giveBack(slots[0]!);
  assert.equal(numbers.take(), slots[0]);
});

Deno.test("a slot is later than the first by its share of the spread, and the last by less than all of it", () => {
  const delays = EVERYONE.map(({ slot }): Millis => slotDelay(slot!, 20));
  assert.deepEqual(delays, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
});
