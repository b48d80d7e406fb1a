import assert from "node:assert/strict";
import { BatchReceiver } from "../../../../shared/system/udp/batch_receiver.ts";
import { BATCH_DATAGRAMS } from "../../../../shared/system/udp/received_batch.ts";
import { ManualClock } from "../../../fakes/manual_clock.ts";
import type { Received } from "../../../../shared/system/udp/udp_receiver.ts";

const MESSAGE_BYTES = 64;
const FROM = { hostname: "192.0.2.1", port: 5004 };
/** Of {@linkcode FROM}. */
const NAME = Uint8Array.fromHex("0200138cc00002010000000000000000");

/**
 * A receiver whose runtime gives what `first` has, then waits for ever, and whose system answers each call with the
 * next of `answers`: an error, or that many datagrams. Each call and each turn of the runtime is noted in `asked`.
 * Datagrams have numbers, in the order in which they are given.
 */
function scripted(first: number, answers: number[]) {
  const asked: string[] = [];
  const clock = new ManualClock(0);
  let number = 0;
  const receiver = new BatchReceiver({
    family: "IPv4",
    receiveMessages(messages, count, flags) {
      assert.equal(flags, 0x40, "never waits");
      const filled = answers.shift() ?? -1;
      asked.push(`${filled} of ${count}`);
      for (let at = 0; at < filled; at++) fillMessage(messages, at, Uint8Array.of(number++));
      return filled;
    },
    runtime: {
      receive() {
        asked.push("runtime");
        if (first-- <= 0) return new Promise(() => {});
        return Promise.resolve({ datagram: Uint8Array.of(number++), from: FROM });
      },
      close: () => asked.push("closed"),
    },
    clock: {
      now: () => clock.now(),
      sleepUntil: () => assert.fail("it has nothing to wait for"),
      giveWay: () => Promise.resolve(void asked.push("gives way")),
    },
  });
  return { receiver, asked, clock };
}

/** Follows the pointers of message `at`, and writes what the system does. */
function fillMessage(messages: Uint8Array, at: number, datagram: Uint8Array): void {
  const message = new DataView(messages.buffer, messages.byteOffset + at * MESSAGE_BYTES);
  const pointer = (view: DataView, offset: number) =>
    Deno.UnsafePointer.create(view.getBigUint64(offset, true))!;
  const memory = (to: Deno.PointerObject, bytes: number) =>
    new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(to, bytes));
  assert.ok(message.getUint32(8, true) >= 28, "room for an address of either family");
  memory(pointer(message, 0), NAME.length).set(NAME);
  message.setUint32(8, NAME.length, true);
  assert.equal(message.getBigUint64(24, true), 1n);
  const part = new DataView(memory(pointer(message, 16), 16).buffer);
  assert.ok(part.getBigUint64(8, true) > 65_507n, "room for any datagram");
  memory(pointer(part, 0), datagram.length).set(datagram);
  message.setUint32(56, datagram.length, true);
}

async function numbersOf(receiver: BatchReceiver, count: number): Promise<number[]> {
  const numbers = [];
  while (numbers.length < count) {
    const { datagram, from } = (await receiver.receive()) as Received;
    assert.deepEqual(from, FROM);
    numbers.push(datagram[0]!);
  }
  return numbers;
}

Deno.test("after one datagram of the runtime, one call takes what else waits", async () => {
  const { receiver, asked } = scripted(2, [3, 0]);
  assert.deepEqual(await numbersOf(receiver, 5), [0, 1, 2, 3, 4]);
  assert.deepEqual(asked, ["runtime", `3 of ${BATCH_DATAGRAMS}`, "runtime"]);
});

Deno.test("after a full batch it is the runtime's turn, though more waits", async () => {
  const { receiver, asked } = scripted(2, [BATCH_DATAGRAMS, BATCH_DATAGRAMS]);
  const count = 2 * BATCH_DATAGRAMS + 2;
  const numbers = Array.from({ length: count }, (_, index) => index);
  assert.deepEqual(await numbersOf(receiver, count), numbers);
  const call = `${BATCH_DATAGRAMS} of ${BATCH_DATAGRAMS}`;
  assert.deepEqual(asked, ["runtime", call, "runtime", call]);
});

Deno.test("where nothing waits, or the call fails, the runtime goes on", async () => {
  const { receiver, asked } = scripted(3, [0, -1, 2]);
  assert.deepEqual(await numbersOf(receiver, 5), [0, 1, 2, 3, 4]);
  const call = (filled: number) => `${filled} of ${BATCH_DATAGRAMS}`;
  assert.deepEqual(asked, ["runtime", call(0), "runtime", call(-1), "runtime", call(2)]);
});

Deno.test("where there is always more, it gives way every few milliseconds, between two batches", async () => {
  const { receiver, asked, clock } = scripted(9, new Array(9).fill(2));
  for (let batch = 0; batch < 6; batch++) {
    await numbersOf(receiver, 3);
    await clock.advance(0.8);
  }
  const turns = asked.filter((one) => !one.includes("of"));
  const three = ["runtime", "runtime", "runtime"];
  assert.deepEqual(turns, [...three, "gives way", ...three]);
});

Deno.test("it does not give way where all was read in between, however long it reads", async () => {
  const { receiver, asked, clock } = scripted(20, new Array(20).fill([2, 0]).flat());
  for (let round = 0; round < 10; round++) {
    await numbersOf(receiver, 4);
    await clock.advance(4);
  }
  assert.ok(!asked.includes("gives way"), asked.join());
});

Deno.test("an error of the runtime is told, and no call follows it", async () => {
  let calls = 0;
  const receiver = new BatchReceiver({
    family: "IPv4",
    receiveMessages: () => ++calls,
    runtime: { receive: () => Promise.reject(new Error("os error 12")), close: () => {} },
    clock: new ManualClock(0),
  });
  await assert.rejects(receiver.receive(), /12/);
  await assert.rejects(receiver.receive(), /12/);
  assert.equal(calls, 0);
});

Deno.test("once closed it makes no call, and gives out nothing of a batch", async () => {
  for (const taken of [1, 3]) {
    const { receiver, asked } = scripted(1, [5]);
    await numbersOf(receiver, taken);
    receiver.close();
    const before = asked.length;
    for (const _ of "12") assert.equal(await receiver.receive(), undefined);
    assert.equal(asked.length, before);
  }
});

Deno.test("what the system writes to stays where it is, however much garbage is collected", async () => {
  const rounds = 100;
  const { receiver } = scripted(rounds, new Array(rounds).fill(2));
  for (let round = 0; round < rounds; round++) {
    for (let garbage = 0; garbage < 200; garbage++) new Uint8Array(10_000).fill(garbage);
    const numbers = [3 * round, 3 * round + 1, 3 * round + 2].map((number) => number % 256);
    assert.deepEqual(await numbersOf(receiver, 3), numbers);
  }
});
