import assert from "node:assert/strict";
import fc from "fast-check";
import type { Millis } from "../../../../shared/core/units.ts";
import {
  type CollectedMessage,
  MessageCollector,
} from "../../../../client/receiving/messages/message_collector.ts";
import { type DataMessage, openImage } from "../../../../shared/data/data_message.ts";
import { openCollected } from "../../../../shared/data/signed_data.ts";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import {
  DataSender,
  type DataSenderOptions,
  type OutgoingPayload,
} from "../../../../server/origin/data/data_sender.ts";
import type { CheckedMessage } from "../../../../server/origin/data/message_check.ts";
import { runs } from "../../../runs.ts";
import { checkedOf, noiseOf, numbered, withNoise } from "./messages.ts";

const START: Millis = 1_763_600_000_000;
const SSRC = 0x1234_5678;

interface Arrived {
  readonly collected: CollectedMessage;
  readonly at: Millis;
}

/** A sender, driven as the origin drives it, and the messages that its payloads make. */
class Bench {
  readonly sender: DataSender;
  readonly payloads: (OutgoingPayload & { readonly leftAt: Millis })[] = [];
  readonly arrived: Arrived[] = [];
  readonly #collector = new MessageCollector();
  now: Millis = START;

  constructor(options: Partial<DataSenderOptions> = {}) {
    this.sender = new DataSender({ ciphers: nodeCiphers, ssrc: SSRC, ...options });
  }

  push(message: CheckedMessage): void {
    this.sender.push(message, this.now);
    this.#take();
  }

  /** Lets time pass, and takes at each deadline. */
  run(millis: Millis): void {
    const end = this.now + millis;
    for (let turn = 0; this.sender.deadline <= end; turn++) {
      assert.ok(turn < 100_000, "the deadline does not move");
      this.now = Math.max(this.now, this.sender.deadline);
      this.#take();
    }
    this.now = end;
  }

  get messages(): DataMessage[] {
    return this.arrived.map(({ collected }) => {
      const opened = openCollected(collected, undefined, SSRC);
      assert.ok(opened.ok);
      return opened.value;
    });
  }

  #take(): void {
    for (const payload of this.sender.take(this.now)) {
      this.payloads.push({ ...payload, leftAt: this.now });
      const result = this.#collector.push(payload.payload, payload.at - START);
      assert.ok(result.ok);
      if (result.value) this.arrived.push({ collected: result.value, at: this.now });
    }
  }
}

const indexesOf = (messages: readonly DataMessage[]) =>
  messages.map(({ head }) => head.values["index"]);

Deno.test("messages are numbered from 1 and leave as they come; a message without a time has the host's", () => {
  const bench = new Bench();
  bench.sender.start(bench.now);
  for (let index = 0; index < 3; index++) {
    bench.push(index === 1 ? checkedOf({ time: 12, values: { index } }) : numbered(index));
    bench.run(20);
  }
  assert.deepEqual(bench.messages.map(({ head }) => head), [
    { count: 1, time: START, values: { index: 0 } },
    { count: 2, time: 12, values: { index: 1 } },
    { count: 3, time: START + 40, values: { index: 2 } },
  ]);
  assert.deepEqual(bench.payloads.map(({ at }) => at - START), [0, 20, 40]);
  assert.deepEqual(bench.sender.counts, { received: 3, superseded: 0, sent: 3 });
});

Deno.test("a message is signed with its number, for its stream", () => {
  const seed = new SeededRng(4).bytes(32);
  const broadcastId = "0011223344556677";
  const bench = new Bench({ signer: { ciphers: nodeCiphers, seed, broadcastId } });
  bench.sender.start(bench.now);
  bench.push(numbered(5));
  const signingKey = nodeCiphers.signingKeyOf(seed);
  const [{ collected }] = bench.arrived as [Arrived];
  const verifier = { ciphers: nodeCiphers, signingKey, broadcastId };
  assert.equal(openCollected(collected, verifier, SSRC).ok, true);
  const other = { ...verifier, broadcastId: "ff".repeat(8) };
  assert.deepEqual(openCollected(collected, other, SSRC), { ok: false, junk: "unsigned" });
  assert.deepEqual(openCollected(collected, verifier, SSRC + 1), { ok: false, junk: "replayed" });
});

Deno.test("a raw picture travels deflated where that is shorter; hash and length are those of the source", () => {
  const bench = new Bench();
  bench.sender.start(bench.now);
  const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index % 9);
  const image = { kind: "raw", width: 200, height: 100, format: "gray8", bytes } as const;
  bench.push(checkedOf({ values: {}, image }));
  bench.push(withNoise(1, 20_000));
  bench.run(100);
  const [even, noise] = bench.messages as [DataMessage, DataMessage];
  assert.ok(even.image!.length < 1000);
  assert.deepEqual(openImage(even), { ok: true, value: bytes });
  assert.deepEqual(even.head.image, {
    mimeType: "application/octet-stream",
    bytes: 20_000,
    sha256: nodeCiphers.sha256(bytes).toHex(),
    width: 200,
    height: 100,
    format: "gray8",
    deflated: true,
  });
  assert.equal(noise.head.image!.deflated, undefined);
  assert.deepEqual(openImage(noise), { ok: true, value: noiseOf(1, 20_000) });
});

Deno.test("60 messages a second with a picture of 150 kB in every tenth all leave, and values are not delayed by pictures", () => {
  const bench = new Bench();
  bench.sender.start(bench.now);
  const pushedAt: Millis[] = [];
  for (let index = 0; index < 240; index++) {
    pushedAt.push(bench.now);
    bench.push(index % 10 === 0 ? withNoise(index, 150_000) : numbered(index));
    bench.run(1000 / 60);
  }
  bench.run(1000);
  assert.deepEqual(bench.sender.counts, { received: 240, superseded: 0, sent: 240 });
  assert.equal(bench.arrived.length, 240);
  for (const { collected: { number }, at } of bench.arrived) {
    const isPicture = (number - 1) % 10 === 0;
    const delay = at - pushedAt[number - 1]!;
    assert.ok(delay <= (isPicture ? 80 : 20), `message ${number} took ${delay} ms`);
  }
});

Deno.test("what leaves in any second is at most 20 Mbit/s and a burst of 10 ms, headers included", () => {
  const message = fc.record({
    wait: fc.integer({ min: 0, max: 60 }),
    hundreds: fc.integer({ min: 1, max: 4000 }),
  });
  fc.assert(
    fc.property(fc.array(message, { minLength: 10, maxLength: 30 }), (messages) => {
      const bench = new Bench();
      bench.sender.start(bench.now);
      for (const [index, { wait, hundreds }] of messages.entries()) {
        bench.run(wait);
        bench.push(withNoise(index, 100 * hundreds));
      }
      bench.run(10_000);
      const { payloads } = bench;
      let [first, bytes] = [0, 0];
      for (const { payload, leftAt } of payloads) {
        bytes += payload.length + 57;
        while (payloads[first]!.leftAt < leftAt - 1000) {
          bytes -= payloads[first++]!.payload.length + 57;
        }
        assert.ok(bytes <= 2_500_000 + 26_200, `${bytes} bytes in a second`);
      }
    }),
    runs(8),
  );
});

Deno.test("whatever is pushed: all that is numbered leaves whole, without a gap and in order of numbers; the rest is counted", () => {
  const message = fc.record({
    wait: fc.integer({ min: 0, max: 100 }),
    hundreds: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4000 })),
  });
  const interval = fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined });
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 30 }),
      interval,
      (messages, interval) => {
        const bench = new Bench({ ...(interval && { interval }) });
        bench.sender.start(bench.now);
        for (const [index, { wait, hundreds }] of messages.entries()) {
          bench.run(wait);
          bench.push(hundreds === 0 ? numbered(index) : withNoise(index, 100 * hundreds));
        }
        bench.run(20_000);
        const { received, superseded, sent } = bench.sender.counts;
        assert.equal(received, messages.length);
        assert.equal(sent + superseded, received);
        assert.equal(bench.sender.deadline, Infinity);
        const sorted = bench.messages.sort((one, other) => one.head.count - other.head.count);
        assert.deepEqual(
          sorted.map(({ head }) => head.count),
          Array.from({ length: sent }, (_, i) => i + 1),
        );
        const indexes = indexesOf(sorted) as number[];
        assert.deepEqual(indexes, indexes.toSorted((one, other) => one - other));
        // The newest message is never superseded.
        assert.equal(indexes.at(-1), messages.length - 1);
      },
    ),
    runs(15),
  );
});

Deno.test("a source that is too fast is thinned to 64 messages a second, the newest ones", () => {
  const bench = new Bench();
  bench.sender.start(bench.now);
  for (let index = 0; index < 10_000; index++) {
    bench.push(numbered(index));
    bench.run(1);
  }
  bench.run(1000);
  const { superseded, sent } = bench.sender.counts;
  assert.ok(sent >= 640 && sent <= 640 + 17, `${sent} messages`);
  assert.equal(superseded, 10_000 - sent);
  assert.equal(indexesOf(bench.messages).at(-1), 9999);
});

Deno.test("pictures that are too large for 20 Mbit/s supersede each other, and values go on", () => {
  const bench = new Bench();
  bench.sender.start(bench.now);
  for (let index = 0; index < 100; index++) {
    bench.push(index % 2 === 0 ? withNoise(index, 1_000_000) : numbered(index));
    bench.run(50);
  }
  bench.run(5000);
  const indexes = indexesOf(bench.messages) as number[];
  const pictures = indexes.filter((index) => index % 2 === 0).length;
  // 5 seconds of 2.5 MB, and what waited.
  assert.ok(pictures >= 11 && pictures <= 14, `${pictures} pictures`);
  assert.ok(indexes.length - pictures >= 45, `${indexes.length - pictures} messages of values`);
});

Deno.test("with an interval at most one message leaves in each, the newest; the first at once", () => {
  const bench = new Bench({ interval: 1000 });
  bench.sender.start(bench.now);
  for (let index = 0; index < 50; index++) {
    bench.push(numbered(index));
    bench.run(100);
  }
  bench.run(1000);
  assert.deepEqual(indexesOf(bench.messages), [0, 9, 19, 29, 39, 49]);
  assert.deepEqual(bench.payloads.map(({ leftAt }) => leftAt - START), [
    0,
    1000,
    2000,
    3000,
    4000,
    5000,
  ]);
  // After a pause, the message that comes first leaves at once.
  bench.run(12_345);
  bench.push(numbered(50));
  assert.equal(bench.arrived.at(-1)!.at, bench.now);
  assert.deepEqual(bench.sender.counts, { received: 51, superseded: 44, sent: 7 });
});

Deno.test("before the start the newest message waits", () => {
  const bench = new Bench();
  for (let index = 0; index < 3; index++) bench.push(numbered(index));
  bench.run(10_000);
  assert.deepEqual(bench.payloads, []);
  assert.equal(bench.sender.hasRoom, false);
  bench.sender.start(bench.now);
  bench.run(10);
  assert.deepEqual(indexesOf(bench.messages), [2]);
  assert.deepEqual(bench.sender.counts, { received: 3, superseded: 2, sent: 1 });
});

Deno.test("what waits is bounded, whatever is pushed at once", () => {
  const bench = new Bench();
  bench.sender.start(bench.now);
  for (let index = 0; index < 200; index++) {
    bench.sender.push(withNoise(index, 100_000), bench.now);
  }
  const { sent } = bench.sender.counts;
  assert.ok(sent <= 8, `${sent} messages of 100 kB wait`);
  assert.equal(bench.sender.hasRoom, false);
});
