import assert from "node:assert/strict";
import { Destination, type RefusedSend } from "../../../../shared/driver/socket.ts";
import { BatchSender } from "../../../../shared/system/udp/batch_sender.ts";
import { BATCH_BYTES, BATCH_COPIES } from "../../../../shared/system/udp/message_batch.ts";

const to = (port: number) => new Destination({ hostname: "192.0.2.1", port });
const MESSAGE_BYTES = 64;

/**
 * A sender whose system answers each call with the next of `answers`, and accepts all after the last.
 * `handedOver` are the ports of the copies that the runtime was given.
 */
function scripted(answers: number[], refuses: (port: number) => boolean = () => false) {
  const calls: number[] = [];
  const handedOver: number[] = [];
  const sender = new BatchSender({
    family: "IPv4",
    sendMessages(_, count) {
      calls.push(count);
      return Math.min(answers.shift() ?? count, count);
    },
    runtime: {
      sendMany(_, destinations) {
        handedOver.push(...destinations.map(({ address }) => address.port));
        const refused = destinations.filter(({ address }) => refuses(address.port));
        return Promise.resolve(refused.map((one) => ({ to: one, error: new Error("no room") })));
      },
      close: () => {},
    },
  });
  return { sender, calls, handedOver };
}

const portsOf = (refused: readonly RefusedSend[]) => refused.map(({ to }) => to.address.port);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => to(index + 1));

Deno.test("one call for as many copies as it takes", async () => {
  const { sender, calls, handedOver } = scripted([]);
  assert.deepEqual(await sender.sendMany(Uint8Array.of(1), upTo(2 * BATCH_COPIES + 1)), []);
  assert.deepEqual(calls, [BATCH_COPIES, BATCH_COPIES, 1]);
  assert.deepEqual(handedOver, []);
});

Deno.test("after a part the runtime sends the next copy, and a call the rest", async () => {
  const { sender, calls, handedOver } = scripted([3]);
  assert.deepEqual(await sender.sendMany(Uint8Array.of(1), upTo(10)), []);
  assert.deepEqual(calls, [10, 6]);
  assert.deepEqual(handedOver, [4]);
});

Deno.test("an error concerns one copy; the runtime tells whether it is refused", async () => {
  const { sender, calls, handedOver } = scripted([-1, 0, 2], (port) => port === 2);
  assert.deepEqual(portsOf(await sender.sendMany(Uint8Array.of(1), upTo(6))), [2]);
  assert.deepEqual(calls, [6, 5, 4, 1]);
  assert.deepEqual(handedOver, [1, 2, 5]);
});

Deno.test("the address of a destination is read once", async () => {
  const { sender } = scripted([]);
  const destination = to(1);
  let read = 0;
  const hostname = { get: () => (read++, "192.0.2.1") };
  Object.defineProperty(destination, "hostname", hostname);
  for (let time = 0; time < 5; time++) {
    assert.deepEqual(await sender.sendMany(Uint8Array.of(time), [destination]), []);
  }
  assert.equal(read, 1);
});

Deno.test("a system that accepts nothing leaves all to the runtime", async () => {
  const { sender, handedOver } = scripted(new Array(9).fill(-1), () => true);
  assert.deepEqual(portsOf(await sender.sendMany(Uint8Array.of(1), upTo(5))), [1, 2, 3, 4, 5]);
  assert.deepEqual(handedOver, [1, 2, 3, 4, 5]);
});

Deno.test("what is longer than any datagram, and what has no address in figures, is the runtime's", async () => {
  const { sender, calls, handedOver } = scripted([]);
  await sender.sendMany(new Uint8Array(BATCH_BYTES + 1), [to(1)]);
  const named = new Destination({ hostname: "a.example", port: 3 });
  await sender.sendMany(Uint8Array.of(1), [to(2), named, to(4)]);
  await sender.sendMany(Uint8Array.of(1), [named]);
  assert.deepEqual(handedOver, [1, 3, 3]);
  assert.deepEqual(calls, [1, 1]);
});

Deno.test("a closed sender makes no call, not even for the rest of what it sends", async () => {
  const { sender, calls, handedOver } = scripted([1]);
  const sending = sender.sendMany(Uint8Array.of(1), upTo(4));
  sender.close();
  await sending;
  assert.deepEqual(calls, [4]);
  assert.deepEqual(handedOver, [2, 3, 4]);
});

Deno.test("what the system reads stays where it is, however much garbage is collected", async () => {
  const lengths: number[] = [];
  const sender = new BatchSender({
    family: "IPv6",
    sendMessages(messages, count) {
      // Follows the pointers of the first and the last message, as the system does.
      for (const at of [0, count - 1]) lengths.push(...followed(messages, at));
      return count;
    },
    runtime: { sendMany: () => Promise.resolve([]), close: () => {} },
  });
  const destinations = [1, 2, 3].map((port) => new Destination({ hostname: "2001:db8::7", port }));
  for (let round = 0; round < 200; round++) {
    for (let garbage = 0; garbage < 200; garbage++) new Uint8Array(10_000).fill(garbage);
    await sender.sendMany(new Uint8Array(round).fill(round), destinations);
  }
  const expected = Array.from({ length: 200 }, (_, round) => [1, 28, round, 3, 28, round]);
  assert.deepEqual(lengths, expected.flat());
});

/** The port of the address that message `at` points to, its length, and that of the bytes, after a look at them. */
function followed(messages: Uint8Array, at: number): [number, number, number] {
  const view = new DataView(messages.buffer, at * MESSAGE_BYTES);
  const memory = (where: DataView, offset: number) =>
    new Deno.UnsafePointerView(Deno.UnsafePointer.create(where.getBigUint64(offset, true))!);
  const name = memory(view, 0);
  const port = name.getUint8(2) * 256 + name.getUint8(3);
  const part = memory(view, 16);
  const length = Number(part.getBigUint64(8));
  const bytes = new Deno.UnsafePointerView(Deno.UnsafePointer.create(part.getBigUint64(0))!);
  for (let byte = 0; byte < length; byte++) assert.equal(bytes.getUint8(byte), length);
  return [port, view.getUint32(8, true), length];
}
