import assert from "node:assert/strict";
import { pumpData } from "../../../../server/broadcast/pumps/data_pump.ts";
import type { DataSource } from "../../../../server/origin/data/io/data_source.ts";
import { DataSender } from "../../../../server/origin/data/data_sender.ts";
import type { CheckedMessage } from "../../../../server/origin/data/message_check.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";
import { ManualClock } from "../../../fakes/manual_clock.ts";

const START: Millis = 1_763_600_000_000;

function message(index: number, time?: Millis): CheckedMessage {
  return { ...(time !== undefined && { time }), values: { index }, valueBytes: 12 };
}

interface BenchOptions {
  readonly interval?: Millis;
  readonly isSpacedByTime?: boolean;
  readonly speed?: number;
  /** When the broadcast starts. */
  readonly startsAfter?: Millis;
}

/** Pumps messages through a sender, which an origin drives in virtual time. */
class Bench {
  readonly clock = new ManualClock(START);
  readonly sender: DataSender;
  /** When each message left, since the start. */
  readonly left: Millis[] = [];
  isClosed = false;
  /** How many messages were read of the source. */
  readCount = 0;
  isPumpOver = false;
  readonly #stop = new AbortController();
  readonly #done: Promise<unknown>;

  constructor(
    kind: DataSource["kind"],
    messages: readonly CheckedMessage[],
    options: BenchOptions = {},
  ) {
    const { interval, isSpacedByTime = true, speed, startsAfter = 0 } = options;
    const { clock } = this;
    const { signal } = this.#stop;
    this.sender = new DataSender({
      ciphers: nodeCiphers,
      ssrc: 7,
      ...(interval !== undefined && { interval }),
    });
    const started = clock.sleepUntil(START + startsAfter, signal).then(() =>
      this.sender.start(clock.now())
    );
    const source: DataSource = {
      kind,
      setup: { values: {} },
      counts: { received: 0, refused: 0, dropped: 0 },
      messages: () => this.#read(messages),
    };
    const { sender } = this;
    const isClosed = () => this.isClosed;
    const sink = {
      get isClosed() {
        return isClosed();
      },
      get hasRoom() {
        return sender.hasRoom;
      },
      push: (message: CheckedMessage) => sender.push(message, clock.now()),
    };
    const pace = { isSpacedByTime, ...(speed && { speed }) };
    const pump = pumpData(source, sink, { clock, signal, started, ...pace })
      .then(() => this.isPumpOver = true);
    this.#done = Promise.all([pump, this.#drive(signal)]);
  }

  async *#read(messages: readonly CheckedMessage[]): AsyncGenerator<CheckedMessage> {
    for (const message of messages) {
      this.readCount += 1;
      yield await Promise.resolve(message);
    }
  }

  async run(millis: Millis): Promise<void> {
    await this.clock.advance(millis);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    assert.equal(this.clock.sleeperCount, 0);
  }

  async #drive(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const { at, marker } of this.sender.take(this.clock.now())) {
        if (marker) this.left.push(at - START);
      }
      await this.clock.sleepUntil(this.clock.now() + 1, signal);
    }
  }
}

const many = (count: number) => Array.from({ length: count }, (_, index) => message(index));

Deno.test("a file's messages leave as far apart as their times", async () => {
  const times = [5000, 5100, 5350, 6000];
  const bench = new Bench("file", times.map((time, index) => message(index, time)));
  await bench.run(3000);
  assert.deepEqual(bench.left, [0, 100, 350, 1000]);
  await bench.stop();
});

Deno.test("a file without times loses nothing, and leaves at the most that is allowed", async () => {
  const bench = new Bench("file", many(500));
  await bench.run(10_000);
  assert.deepEqual(bench.sender.counts, { received: 500, superseded: 0, sent: 500 });
  const rate = (bench.left.length - 16) / bench.left.at(-1)! * 1000;
  assert.ok(rate > 55 && rate <= 65, `${rate} messages a second`);
  await bench.stop();
});

Deno.test("with an interval one message of a file leaves in each, whatever its times are", async () => {
  const messages = [message(0, 5000), message(1, 5001), message(2, 99_000), message(3)];
  const bench = new Bench("file", messages, { interval: 200, isSpacedByTime: false });
  await bench.run(2000);
  assert.equal(bench.sender.counts.superseded, 0);
  assert.deepEqual(bench.left.map((at) => Math.round(at / 200)), [0, 1, 2, 3]);
  await bench.stop();
});

Deno.test("a pipe's writer waits a little; then the newest message counts", async () => {
  const fast = new Bench("pipe", many(200));
  await fast.run(5000);
  assert.deepEqual(fast.sender.counts, { received: 200, superseded: 0, sent: 200 });
  await fast.stop();
  const slow = new Bench("pipe", many(20), { interval: 2000 });
  await slow.run(10_000);
  const { superseded, sent } = slow.sender.counts;
  assert.equal(sent + superseded, 20);
  assert.ok(superseded >= 14, `${superseded} superseded`);
  await slow.stop();
});

Deno.test("the network's messages supersede each other at once", async () => {
  const bench = new Bench("network", many(200));
  await bench.run(100);
  assert.deepEqual(bench.sender.counts, { received: 200, superseded: 183, sent: 17 });
  await bench.stop();
});

Deno.test("the end of the broadcast ends the wait for a message that is due later", async () => {
  const bench = new Bench("file", [message(0, 0), message(1, 3_600_000)]);
  await bench.run(1000);
  await bench.stop();
  assert.deepEqual(bench.left, [0]);
});

for (const kind of ["file", "pipe", "simulation"] as const) {
  Deno.test(`a ${kind} is read when the broadcast starts, and nothing of it is superseded before`, async () => {
    const times = [0, 100, 200].map((time, index) => message(index, time));
    const bench = new Bench(kind, times, { startsAfter: 5000 });
    await bench.run(4999);
    assert.equal(bench.readCount, 1);
    assert.deepEqual(bench.sender.counts, { received: 0, superseded: 0, sent: 0 });
    await bench.run(1000);
    assert.deepEqual(bench.sender.counts, { received: 3, superseded: 0, sent: 3 });
    const spaced = kind === "file" ? [5000, 5100, 5200] : [5000, 5000, 5000];
    assert.deepEqual(bench.left.map((at) => Math.round((at as number) / 100) * 100), spaced);
    await bench.stop();
  });
}

Deno.test("before the start the network's newest message waits, and the start sends it", async () => {
  const bench = new Bench("network", many(10), { startsAfter: 5000 });
  await bench.run(4000);
  assert.equal(bench.readCount, 10);
  await bench.run(2000);
  assert.deepEqual(bench.sender.counts, { received: 10, superseded: 9, sent: 1 });
  await bench.stop();
});

Deno.test("a speed makes the times of a file pass faster", async () => {
  const messages = [0, 1000, 3000].map((time, index) => message(index, time));
  const bench = new Bench("file", messages, { speed: 10 });
  await bench.run(1000);
  assert.deepEqual(bench.left, [0, 100, 300]);
  await bench.stop();
});

Deno.test("a broadcast that ends reads a file no further", async () => {
  const bench = new Bench("file", many(1000));
  await bench.run(1000);
  bench.isClosed = true;
  await bench.run(1000);
  assert.ok(bench.isPumpOver);
  assert.ok(bench.readCount < 100, `${bench.readCount} read`);
  await bench.stop();
});
