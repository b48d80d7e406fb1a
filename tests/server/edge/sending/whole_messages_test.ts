import assert from "node:assert/strict";
import { WholeMessages } from "../../../../server/edge/sending/whole_messages.ts";

class Sent {
  readonly messages = new WholeMessages();
  sequence = 65_534;
  now = 0;

  /** Sends packets of a message, one a millisecond. @returns when each was ready, as its time counts. */
  send(number: number, packets: number, isEnd = true): number[] {
    return Array.from({ length: packets }, (_, index) => {
      const isLast = isEnd && index === packets - 1;
      const part = { bytes: 100, isKey: true, number, isLast, readyAt: this.now++ };
      return this.messages.onPacket({ ...part, sequence: this.sequence++ });
    });
  }
}

Deno.test("a listener begins with the last whole message; one under way changes nothing before its end", () => {
  const sent = new Sent();
  assert.equal(sent.messages.start, undefined);
  sent.send(1, 3);
  assert.equal(sent.messages.start, 65_534);
  sent.send(2, 5, false);
  assert.equal(sent.messages.start, 65_534);
  sent.send(2, 1);
  assert.equal(sent.messages.start, 65_537);
});

Deno.test("the time of a packet counts from the first one of its message", () => {
  const sent = new Sent();
  assert.deepEqual(sent.send(1, 3), [0, 0, 0]);
  assert.deepEqual(sent.send(2, 2, false), [3, 3]);
  assert.deepEqual(sent.send(3, 1), [5]);
  assert.deepEqual(sent.send(2, 2), [3, 3]);
  assert.deepEqual(sent.send(4, 1), [8]);
});

Deno.test("the largest message of late is known, while it is under way and for a hundred messages", () => {
  const sent = new Sent();
  sent.send(1, 1);
  assert.equal(sent.messages.largestBytes, 100);
  sent.send(2, 50, false);
  sent.send(3, 2);
  assert.equal(sent.messages.largestBytes, 5000);
  sent.send(2, 1);
  assert.equal(sent.messages.largestBytes, 5100);
  let number = 4;
  for (; number < 64; number++) sent.send(number, 1);
  assert.equal(sent.messages.largestBytes, 5100);
  for (; number < 140; number++) sent.send(number, 1);
  assert.equal(sent.messages.largestBytes, 100);
});

Deno.test("messages that never end take no more than some memory", () => {
  const sent = new Sent();
  for (let number = 1; number < 10_000; number++) sent.send(number, 1, false);
  assert.equal(sent.messages.start, 65_534);
  sent.send(10_000, 2);
  assert.equal(sent.messages.start, 65_534 + 9_999);
});
