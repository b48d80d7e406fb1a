import assert from "node:assert/strict";
import type { Arrival } from "../../../../../server/origin/data/io/arrivals.ts";
import {
  type Connect,
  ConnectionProblem,
  readReconnecting,
} from "../../../../../server/origin/data/io/reconnecting.ts";
import { ManualClock } from "../../../../fakes/manual_clock.ts";

const arrival = (byte: number): Arrival => ({ kind: "json", bytes: Uint8Array.of(byte) });

/** A source that follows a script, one connection after the other, and all that came of it. */
class Scene {
  readonly clock = new ManualClock(0);
  readonly notices: string[] = [];
  readonly read: number[] = [];
  /** When each connection was tried. */
  readonly tries: number[] = [];
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(script: readonly Connect[], silenceMillis?: number) {
    let count = 0;
    const connect: Connect = (signal) => {
      this.tries.push(this.clock.now());
      return script[Math.min(count++, script.length - 1)]!(signal);
    };
    this.#done = this.#readAll(connect, silenceMillis);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    assert.equal(this.clock.sleeperCount, 0);
  }

  async #readAll(connect: Connect, silenceMillis: number | undefined): Promise<void> {
    const { clock } = this;
    const onNotice = (text: string) => this.notices.push(`${clock.now()}: ${text}`);
    const arrivals = readReconnecting(connect, {
      name: '"x"',
      clock,
      signal: this.#stop.signal,
      onNotice,
      ...(silenceMillis !== undefined && { silenceMillis }),
    });
    for await (const arrival of arrivals) {
      if (arrival.kind === "json") this.read.push(arrival.bytes[0]!);
    }
  }
}

/** A connection that gives `bytes` and then breaks. */
const breaking = (...bytes: number[]): Connect =>
  async function* () {
    for (const byte of bytes) yield await Promise.resolve(arrival(byte));
    throw new ConnectionProblem("breaks");
  };

/** A connection that gives `bytes` and then nothing more. */
const lasting = (...bytes: number[]): Connect =>
  async function* (signal) {
    for (const byte of bytes) yield await Promise.resolve(arrival(byte));
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  };

// deno-lint-ignore require-yield
const refusing: Connect = async function* () {
  await Promise.resolve();
  throw new Error("Connection refused (os error 111)");
};

Deno.test("a source that is lost is connected again, and both are told once, however many tries it takes", async () => {
  const scene = new Scene([breaking(1, 2), refusing, refusing, refusing, lasting(3)]);
  await scene.clock.advance(60_000);
  assert.deepEqual(scene.read, [1, 2, 3]);
  assert.deepEqual(scene.tries, [0, 500, 1500, 3500, 7500]);
  assert.deepEqual(scene.notices, [
    '0: lost the connection to "x"; connecting again until it is back',
    '7500: "x" is connected again; its data goes on',
  ]);
  await scene.stop();
});

Deno.test("a source that is not there yet is waited for, with the reason, told once", async () => {
  const scene = new Scene([...Array(20).fill(refusing), lasting(1)]);
  await scene.clock.advance(200_000);
  assert.deepEqual(scene.read, [1]);
  assert.equal(scene.notices.length, 2);
  assert.equal(
    scene.notices[0],
    '0: "x" can\'t be reached: the server refuses the connection; check the address; trying again until it is there',
  );
  assert.match(scene.notices[1]!, /^\d+: "x" is connected now$/);
  // The pauses end growing at 8 seconds.
  const pauses = scene.tries.slice(1).map((at, index) => at - scene.tries[index]!);
  assert.deepEqual(pauses.slice(0, 7), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
  await scene.stop();
});

Deno.test("a connection that was good for a while begins with short pauses again", async () => {
  const good = (byte: number): Connect =>
    async function* () {
      yield await Promise.resolve(arrival(byte));
      await scene.clock.sleepUntil(scene.clock.now() + 20_000, new AbortController().signal);
      throw new Error("reset");
    };
  const scene: Scene = new Scene([refusing, refusing, refusing, good(1), lasting(2)]);
  await scene.clock.advance(60_000);
  assert.deepEqual(scene.read, [1, 2]);
  assert.deepEqual(scene.tries, [0, 500, 1500, 3500, 24_000]);
  await scene.stop();
});

Deno.test("a source that comes and goes all the time is not told of each time", async () => {
  const scene = new Scene([breaking(7)]);
  await scene.clock.advance(600_000);
  assert.ok(scene.read.length > 50);
  assert.ok(scene.notices.length <= 2 * 600 / 30 + 2, `${scene.notices.length} notices`);
  await scene.stop();
});

Deno.test("a connection that is silent for too long is taken for lost", async () => {
  const scene = new Scene([lasting(1), lasting(2)], 30_000);
  await scene.clock.advance(29_999);
  assert.equal(scene.tries.length, 1);
  await scene.clock.advance(1000);
  assert.deepEqual(scene.tries, [0, 30_500]);
  assert.deepEqual(scene.read, [1, 2]);
  await scene.stop();
});

Deno.test("the end of the broadcast ends a connection, a pause and the wait for a message", async () => {
  for (const script of [lasting(1), refusing, breaking(1)]) {
    const scene = new Scene([script], 30_000);
    await scene.clock.advance(100);
    await scene.stop();
    const { length } = scene.tries;
    await scene.clock.advance(100_000);
    assert.equal(scene.tries.length, length);
  }
});
