import assert from "node:assert/strict";
import { type Acknowledgement, LaneSender } from "../../../shared/lane/lane_sender.ts";

/** The wrap of fragments' numbers lies within the first few messages. */
const START = 2 ** 32 - 3;
const message = (length: number, fill = 1) => new Uint8Array(length).fill(fill);
const numbers = (sent: readonly { readonly fragment: number }[]) =>
  sent.map(({ fragment }) => fragment - START);
/** As it stands on the wire: 32 bits. */
const ack = (next: number, mask = 0): Acknowledgement => ({ next: (START + next) >>> 0, mask });

Deno.test("a message is cut into full fragments, of which the first and last are marked", () => {
  const sender = new LaneSender();
  sender.send(message(2001));
  sender.send(message(0));
  sender.send(message(1000));
  const sent = sender.poll(0).map(({ isFirst, isLast, bytes }) => [isFirst, isLast, bytes.length]);
  assert.deepEqual(sent, [
    ...[[true, false, 1000], [false, false, 1000], [false, true, 1]],
    ...[[true, true, 0], [true, true, 1000]],
  ]);
});

Deno.test("the caller may change the message after it was sent", () => {
  const sender = new LaneSender();
  const bytes = message(3);
  sender.send(bytes);
  bytes.fill(9);
  assert.deepEqual(sender.poll(0)[0]!.bytes, message(3));
});

Deno.test("at most eight fragments are under way; each acknowledged one lets the next go", () => {
  const sender = new LaneSender(START);
  sender.send(message(16_000));
  assert.deepEqual(numbers(sender.poll(0)), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(sender.poll(1), []);
  sender.onAck(ack(3), 50);
  assert.deepEqual(numbers(sender.poll(50)), [8, 9, 10]);
});

Deno.test("fragments stay within eight of the lowest that is missing", () => {
  const sender = new LaneSender(START);
  sender.send(message(16_000));
  sender.poll(0);
  sender.onAck(ack(0, 0b111_1111), 50);
  assert.deepEqual(sender.poll(50), [], "a receiver keeps no fragment beyond");
  sender.onAck(ack(8), 60);
  assert.deepEqual(numbers(sender.poll(60)), [8, 9, 10, 11, 12, 13, 14, 15]);
});

Deno.test("only what is missing is repeated, when its time is over", () => {
  const sender = new LaneSender(START);
  sender.send(message(4000));
  sender.poll(0);
  sender.onAck(ack(0, 0b101), 40);
  // Fragments 1 and 3 came after 40 ms; the timeout is then 40 + 4 * 20.
  assert.equal(sender.deadline, 120);
  assert.deepEqual(sender.poll(119), []);
  assert.deepEqual(numbers(sender.poll(120)), [1 - 1, 3 - 1]);
  assert.equal(sender.counts.get("repeated"), 2);
  sender.onAck(ack(4), 160);
  assert.ok(sender.isIdle);
  assert.equal(sender.deadline, undefined);
  assert.equal(sender.queuedBytes, 0);
});

Deno.test("without an answer repetitions grow rarer and fewer: one every two seconds at last", () => {
  const sender = new LaneSender(START);
  sender.send(message(16_000));
  sender.poll(0);
  const sent: [number, number][] = [];
  while (sender.deadline! <= 10_000) {
    const at = sender.deadline!;
    sent.push([at as number, sender.poll(at).length]);
  }
  assert.deepEqual(sent, [[300, 4], [900, 2], [2100, 1], [4100, 1], [6100, 1], [8100, 1]]);
});

Deno.test("of fragments that expire one after another only the first slows the sender down", () => {
  const sender = new LaneSender(START);
  for (const at of [0, 10, 20, 30]) {
    sender.send(message(1));
    sender.poll(at);
  }
  assert.deepEqual(numbers(sender.poll(300)), [0]);
  // The others wait as long as the doubled timeout says, but the window is halved only once.
  assert.deepEqual(numbers(sender.poll(630)), [1, 2, 3]);
  assert.equal(sender.counts.get("repeated"), 4);
});

Deno.test("what was repeated is not measured (Karn): the timeout stays doubled", () => {
  const sender = new LaneSender(START);
  sender.send(message(1));
  sender.poll(0);
  sender.poll(300);
  sender.onAck(ack(1), 301);
  sender.send(message(1));
  sender.poll(1000);
  assert.equal(sender.deadline, 1600);
  sender.onAck(ack(2), 1080);
  sender.send(message(1));
  sender.poll(2000);
  assert.equal(sender.deadline, 2000 + 80 + 4 * 40);
});

Deno.test("a round trip that is known from elsewhere sets the first timeout", () => {
  const sender = new LaneSender(START);
  sender.onRoundTrip(200);
  sender.send(message(1));
  sender.poll(0);
  assert.equal(sender.deadline, 200 + 4 * 100);
});

Deno.test("at most 100 fragments a second leave", () => {
  const sender = new LaneSender();
  let next = 0;
  let count = 0;
  for (let now = 0; now < 10_000; now += 1) {
    while (sender.send(message(1)));
    const sent = sender.poll(now);
    count += sent.length;
    if (sent.length > 0) sender.onAck({ next: next += sent.length, mask: 0 }, now);
  }
  assert.ok(count > 1000 && count <= 1032, `${count} fragments`);
  assert.equal(sender.counts.get("repeated"), 0);
});

Deno.test("at most 20 fragments a second are repeated, however often they are lost", () => {
  const sender = new LaneSender();
  const { counts } = sender;
  const received = new Set<number>();
  let lowest = 0;
  let highest = 0;
  for (let now = 0; now < 10_000; now++) {
    while (sender.send(message(1)));
    const sent = sender.poll(now);
    // Every even fragment is lost once; the odd ones keep the timeout short.
    for (const { fragment } of sent) {
      const isRepeated = fragment < highest;
      highest = Math.max(highest, fragment + 1);
      if (fragment % 2 === 1 || isRepeated) received.add(fragment);
    }
    while (received.delete(lowest)) lowest++;
    const mask = [...received].reduce((bits, fragment) => bits | 1 << (fragment - lowest - 1), 0);
    if (sent.length > 0) sender.onAck({ next: lowest, mask }, now);
  }
  const repeated = counts.get("repeated");
  assert.ok(repeated > 150 && repeated <= 20 * 10 + 8, `${repeated} repetitions`);
});

Deno.test("the queue holds 64 kB, empty messages too; what is refused is counted", () => {
  const sender = new LaneSender();
  let taken = 0;
  while (sender.send(message(16 * 1024))) taken++;
  assert.equal(taken, 3);
  assert.ok(sender.queuedBytes <= 64 * 1024);
  while (sender.send(message(0))) taken++;
  assert.ok(taken > 3 && taken < 1024, `${taken}`);
  assert.equal(sender.counts.get("queueFull"), 2);
  assert.equal(sender.send(message(16 * 1024 + 1)), false);
  assert.equal(sender.counts.get("tooLarge"), 1);
});

Deno.test("an acknowledged message makes room for another", () => {
  const sender = new LaneSender();
  while (sender.send(message(900)));
  assert.equal(sender.send(message(900)), false);
  sender.poll(0);
  sender.onAck({ next: 1, mask: 0 }, 10);
  assert.equal(sender.send(message(900)), true);
});

Deno.test("acknowledgements of what was never sent are ignored and counted", () => {
  const sender = new LaneSender(START);
  sender.send(message(10_000));
  sender.poll(0);
  const forged = [ack(9), ack(8, 1), ack(0, 0x80), ack(1, 0x40), ack(2 ** 30)];
  for (const one of forged) sender.onAck(one, 1);
  assert.equal(sender.counts.get("forgedAck"), forged.length);
  assert.deepEqual(sender.poll(2), [], "nothing new may go");
  sender.onAck(ack(0, 0x7f), 40);
  assert.equal(sender.counts.get("forgedAck"), forged.length, "the eighth fragment was sent");
});

Deno.test("old acknowledgements are ignored and counted", () => {
  const sender = new LaneSender(START);
  sender.send(message(4000));
  sender.poll(0);
  sender.onAck(ack(4), 30);
  for (const one of [ack(4), ack(2), ack(0, 7), ack(-5), ack(-(2 ** 30))]) sender.onAck(one, 31);
  assert.equal(sender.counts.get("staleAck"), 5);
  assert.equal(sender.counts.get("forgedAck"), 0);
  assert.equal(sender.queuedBytes, 0);
});

Deno.test("the mask of an old acknowledgement is not taken for one of later fragments", () => {
  const sender = new LaneSender(START);
  for (let next = 0; next < 32; next++) {
    sender.send(message(1));
    sender.poll(next * 20);
    sender.onAck(ack(next + 1), next * 20 + 1);
  }
  sender.send(message(1));
  sender.poll(1000);
  // Fragment 32 lies 32 after fragment 0, whose place in the mask is the lowest bit.
  sender.onAck(ack(-1, 1), 1001);
  assert.equal(sender.isIdle, false);
  assert.equal(sender.counts.get("staleAck"), 1);
});

Deno.test("a sender that never gets an answer keeps little and is seldom woken", () => {
  const sender = new LaneSender();
  let wakings = 0;
  let now = 0;
  while (now < 3_600_000) {
    while (sender.send(message(5000)));
    sender.poll(now);
    assert.ok(sender.queuedBytes <= 64 * 1024);
    wakings++;
    const next = sender.deadline!;
    assert.ok(next > now && next <= now + 2000, `${next} after ${now}`);
    now = next as number;
  }
  assert.ok(wakings <= 1805, `${wakings} times in an hour`);
});

Deno.test("asked by the receiver it repeats at once what is missing, but no more than 20 fragments a second", () => {
  const sender = new LaneSender(START);
  sender.send(message(3000));
  sender.poll(0);
  sender.onAck({ ...ack(0, 0b01), isRequest: true }, 40);
  assert.ok(sender.deadline! <= 40);
  assert.deepEqual(numbers(sender.poll(40)), [0, 2], "1 came");
  assert.deepEqual(sender.poll(41), []);
  assert.equal(sender.deadline, 40 + 40 + 4 * 20, "the timeout is not doubled");
  let repeated = 0;
  for (let now = 50; now < 1050; now += 10) {
    sender.onAck({ ...ack(0, 0b01), isRequest: true }, now);
    repeated += sender.poll(now).length;
  }
  assert.ok(repeated >= 20 && repeated <= 28, `${repeated} in a second`);
});

Deno.test("a request when nothing is missing draws nothing", () => {
  const sender = new LaneSender(START);
  sender.onAck({ ...ack(0), isRequest: true }, 0);
  assert.deepEqual(sender.poll(0), []);
  assert.equal(sender.deadline, undefined);
});
