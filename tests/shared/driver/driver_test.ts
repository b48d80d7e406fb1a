import assert from "node:assert/strict";
import { type Core, Driver, type Transmit } from "../../../shared/driver/driver.ts";
import {
  type Address,
  type DatagramSocket,
  Destination,
  type RefusedSend,
  sendToEach,
} from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";

const T0 = 1_763_600_000_000;
const PEER: Address = { hostname: "10.0.0.1", port: 5004 };

/** A core that notes what it is given and gives out what it is told to. */
class ScriptedCore implements Core<string> {
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  readonly transmits: Transmit[] = [];
  /** How many copies of each datagram were accepted, as the driver told. */
  readonly accepted: string[] = [];
  deadline: number | undefined;
  onAdvance: (now: number) => void = () => {};
  onReceive: (now: number) => void = () => {};

  receive(datagram: Uint8Array, from: Address, now: number): void {
    this.inputs.push(`received ${datagram[0]} from ${from.hostname} at ${now - T0}`);
    this.onReceive(now);
  }
  onReceiveError(): void {
    this.inputs.push("receive error");
  }
  advance(now: number): void {
    this.inputs.push(`advanced at ${now - T0}`);
    if (this.deadline !== undefined && this.deadline <= now) this.deadline = undefined;
    this.onAdvance(now);
  }
  pollTransmit(): Transmit | undefined {
    return this.transmits.shift();
  }
  onSent({ datagram, to }: Transmit, accepted: number): void {
    this.accepted.push(`${datagram[0]}: ${accepted} of ${to.length}`);
  }
  pollOutput(): string | undefined {
    return this.outputs.shift();
  }
  send(...bytes: number[]): void {
    for (const byte of bytes) this.sendTo([PEER], byte);
  }
  sendTo(to: readonly Address[], byte: number): void {
    const destinations = to.map((address) => new Destination(address));
    this.transmits.push({ datagram: Uint8Array.of(byte), to: destinations });
  }
}

/** A socket whose other end is the test. */
class ScriptedSocket implements DatagramSocket {
  readonly address: Address = { hostname: "127.0.0.1", port: 1 };
  readonly sent: number[] = [];
  isClosed = false;
  /** What the send of a byte waits for, if for anything. */
  readonly gates = new Map<number, Promise<void>>();
  readonly refused = new Set<number>();
  /** Nothing can be sent to these ports. */
  readonly refusedPorts = new Set<number>();
  /** What happens meanwhile, for each copy. */
  onSend: () => void = () => {};
  readonly #arrived: (Uint8Array | Error)[] = [];
  #wake: (() => void) | undefined;
  /** Given at each call, while it is set. */
  broken: Error | undefined;
  /** How often it was asked. */
  asked = 0;

  async receive() {
    this.asked++;
    while (this.#arrived.length === 0) {
      if (this.isClosed) return undefined;
      if (this.broken) throw this.broken;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const next = this.#arrived.shift()!;
    if (next instanceof Error) throw next;
    return { datagram: next, from: PEER };
  }
  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]> {
    return sendToEach(to, ({ address }) => this.#send(datagram, address));
  }
  async #send(datagram: Uint8Array, { port }: Address): Promise<void> {
    await this.gates.get(datagram[0]!);
    assert.ok(!this.isClosed, "sent after closing");
    this.onSend();
    if (this.refused.has(datagram[0]!)) throw new Error(`no route for ${datagram[0]}`);
    if (this.refusedPorts.has(port)) throw new Error(`no room for ${port}`);
    this.sent.push(datagram[0]!);
  }
  close(): void {
    this.isClosed = true;
    this.#wake?.();
  }
  arrive(...bytes: (number | Error)[]): void {
    for (const byte of bytes) {
      this.#arrived.push(byte instanceof Error ? byte : Uint8Array.of(byte));
    }
    this.#wake?.();
  }
}

function setUp() {
  const core = new ScriptedCore();
  const socket = new ScriptedSocket();
  const clock = new ManualClock(T0);
  const outputs: string[] = [];
  const errors: string[] = [];
  const receiveErrors: string[] = [];
  let onOutput = (output: string): unknown => outputs.push(output);
  const driver = new Driver<string>({
    core,
    socket,
    clock,
    onOutput: (output) => onOutput(output),
    onSendError: (error, to) => errors.push(`${(error as Error).message} to ${to.hostname}`),
    onReceiveError: (error, count) => receiveErrors.push(`${(error as Error).message}, ${count}`),
  });
  return {
    core,
    socket,
    clock,
    outputs,
    errors,
    receiveErrors,
    driver,
    handleOutput: (handler: (output: string) => unknown) => onOutput = handler,
    async finish(running: Promise<void>) {
      driver.stop();
      await running;
      assert.equal(clock.sleeperCount, 0, "something still sleeps");
    },
  };
}

Deno.test("advances at the start, then at each deadline, then not again", async () => {
  const { core, clock, driver, finish } = setUp();
  core.deadline = T0 + 20;
  core.onAdvance = (now) => {
    if (now === T0 + 20) core.deadline = T0 + 50;
  };
  const running = driver.run();
  await clock.advance(1000);
  assert.deepEqual(core.inputs, ["advanced at 0", "advanced at 20", "advanced at 50"]);
  await finish(running);
});

Deno.test("a deadline that has passed is met at once, and each of a burst in turn", async () => {
  const { core, clock, driver, finish } = setUp();
  let left = 3;
  core.onAdvance = (now) => core.deadline = left-- > 0 ? now - 5 : undefined;
  const running = driver.run();
  await clock.advance(0);
  assert.equal(core.inputs.length, 4);
  await finish(running);
});

Deno.test("a datagram reaches the core with its time, and what it causes goes out in order", async () => {
  const { core, clock, socket, outputs, driver, finish } = setUp();
  core.onReceive = () => {
    core.outputs.push("first", "second");
    core.send(1, 2, 3);
  };
  const running = driver.run();
  await clock.advance(7);
  socket.arrive(9);
  await clock.advance(0);
  assert.deepEqual(core.inputs, ["advanced at 0", "received 9 from 10.0.0.1 at 7"]);
  assert.deepEqual(outputs, ["first", "second"]);
  assert.deepEqual(socket.sent, [1, 2, 3]);
  await finish(running);
});

Deno.test("input that brings the deadline nearer wakes the sleeper for it", async () => {
  const { core, clock, socket, driver, finish } = setUp();
  core.deadline = T0 + 10_000;
  core.onReceive = (now) => core.deadline = now + 5;
  const running = driver.run();
  await clock.advance(100);
  socket.arrive(1);
  await clock.advance(50);
  assert.ok(core.inputs.includes("advanced at 105"), core.inputs.join("; "));
  await finish(running);
});

Deno.test("input that sets a first deadline wakes a sleeper that had none", async () => {
  const { core, clock, driver, finish } = setUp();
  const running = driver.run();
  await clock.advance(100);
  core.deadline = T0 + 130;
  driver.wake();
  await clock.advance(50);
  assert.equal(core.inputs.at(-1), "advanced at 130");
  await finish(running);
});

Deno.test("a wake in the middle of an output is not lost", async () => {
  const { core, clock, driver, outputs, handleOutput, finish } = setUp();
  handleOutput((output) => {
    outputs.push(output);
    if (output !== "begin") return;
    // What a program does that feeds the core as soon as it is told to.
    core.outputs.push("fed");
    core.deadline = T0 + 30;
    driver.wake();
  });
  core.outputs.push("begin", "next");
  const running = driver.run();
  await clock.advance(40);
  assert.deepEqual(outputs, ["begin", "next", "fed"]);
  assert.equal(core.inputs.at(-1), "advanced at 30");
  await finish(running);
});

Deno.test("datagrams leave in the core's order, even while an earlier one is on its way", async () => {
  const { core, clock, socket, driver, finish } = setUp();
  const running = driver.run();
  await clock.advance(0);
  let open = () => {};
  socket.gates.set(1, new Promise((resolve) => open = resolve));
  core.send(1, 2);
  driver.wake();
  await clock.advance(1);
  core.send(3);
  driver.wake();
  core.send(4);
  driver.wake();
  assert.deepEqual(socket.sent, []);
  open();
  await clock.advance(1);
  assert.deepEqual(socket.sent, [1, 2, 3, 4]);
  await finish(running);
});

Deno.test("a send that fails is reported and holds up nothing", async () => {
  const { core, clock, socket, errors, driver, finish } = setUp();
  socket.refused.add(2);
  core.send(1, 2, 3);
  const running = driver.run();
  await clock.advance(0);
  assert.deepEqual(socket.sent, [1, 3]);
  assert.deepEqual(errors, ["no route for 2 to 10.0.0.1"]);
  assert.deepEqual(core.accepted, ["1: 1 of 1", "2: 0 of 1", "3: 1 of 1"]);
  await finish(running);
});

const at = (port: number) => ({ hostname: `10.0.0.${port}`, port });

Deno.test("a refused copy is told with its address, and the others of its datagram leave", async () => {
  const { core, clock, socket, errors, driver, finish } = setUp();
  socket.refusedPorts.add(2).add(4);
  core.sendTo([at(1), at(2), at(3), at(4)], 7);
  core.sendTo([at(4), at(1)], 8);
  const running = driver.run();
  await clock.advance(0);
  assert.deepEqual(socket.sent, [7, 7, 8]);
  assert.deepEqual(core.accepted, ["7: 2 of 4", "8: 1 of 2"]);
  const [two, four] = ["no room for 2 to 10.0.0.2", "no room for 4 to 10.0.0.4"];
  assert.deepEqual(errors, [two, four, four]);
  await finish(running);
});

Deno.test("the core is told of a datagram after it was sent, and before it gives the next", async () => {
  const { core, clock, socket, driver, finish } = setUp();
  let open = () => {};
  socket.gates.set(1, new Promise((resolve) => open = resolve));
  core.sendTo([at(1), at(2)], 1);
  core.send(2);
  const running = driver.run();
  await clock.advance(50);
  assert.deepEqual(core.accepted, []);
  assert.equal(core.transmits.length, 1, "the next one waits in the core");
  open();
  await clock.advance(1);
  assert.deepEqual(core.accepted, ["1: 2 of 2", "2: 1 of 1"]);
  await finish(running);
});

/** A driver that runs; each copy takes half a millisecond of a clock that otherwise stands still. */
async function runSlowly() {
  const parts = setUp();
  const { clock, socket, driver } = parts;
  const running = driver.run();
  await clock.advance(0);
  let busy: Millis = 0;
  const now = clock.now.bind(clock);
  clock.now = () => now() + busy;
  socket.onSend = () => busy += 0.5;
  return { ...parts, running };
}

Deno.test("a long fan-out pauses, so that receiving gets its turn; nothing changes its order", async () => {
  const { core, clock, socket, driver, finish, running } = await runSlowly();
  for (let byte = 0; byte < 30; byte++) core.send(byte);
  driver.wake();
  await clock.advance(0);
  assert.equal(socket.sent.length, 20, "it pauses after ten milliseconds");
  socket.arrive(99);
  await clock.advance(0);
  assert.equal(core.inputs.filter((input) => input.startsWith("received 99")).length, 1);
  core.send(30);
  driver.wake();
  await clock.advance(100);
  assert.deepEqual(socket.sent, Array.from({ length: 31 }, (_, byte) => byte));
  await finish(running);
});

Deno.test("a deadline that comes while datagrams leave is kept: what is due then leaves next", async () => {
  const { core, clock, socket, driver, finish, running } = await runSlowly();
  for (let byte = 0; byte < 6; byte++) core.send(byte);
  const dueAt = core.deadline = clock.now() + 1;
  core.onAdvance = (now) => {
    if (now < dueAt) return;
    core.onAdvance = () => {};
    core.transmits.unshift({ datagram: Uint8Array.of(77), to: [new Destination(PEER)] });
    core.outputs.push("due");
  };
  driver.wake();
  await clock.advance(0);
  assert.deepEqual(socket.sent.slice(0, 4), [0, 1, 77, 2]);
  await clock.advance(100);
  await finish(running);
});

Deno.test("a deadline that has come is kept while datagrams come one after the other", async () => {
  const { core, clock, socket, driver, finish } = setUp();
  const running = driver.run();
  await clock.advance(0);
  core.onReceive = (now) => core.deadline = now;
  socket.arrive(1, 2);
  await clock.advance(0);
  assert.deepEqual(core.inputs.slice(1, 5), [
    "received 1 from 10.0.0.1 at 0",
    "advanced at 0",
    "received 2 from 10.0.0.1 at 0",
    "advanced at 0",
  ]);
  await finish(running);
});

Deno.test("a datagram that changes nothing is one question for the deadline", async () => {
  const { core, clock, socket, driver, finish } = setUp();
  const running = driver.run();
  await clock.advance(0);
  let asked = 0;
  Object.defineProperty(core, "deadline", { get: () => void asked++ });
  socket.arrive(1, 2, 3, 4);
  await clock.advance(0);
  assert.equal(core.inputs.length, 5);
  assert.equal(asked, 4);
  await finish(running);
});

Deno.test("a deadline that a datagram moves away is not kept at its old time", async () => {
  const { core, clock, socket, driver, finish } = setUp();
  core.deadline = T0 + 10;
  const running = driver.run();
  await clock.advance(8);
  core.onReceive = () => {
    core.deadline = T0 + 500;
    core.send(1, 2, 3);
  };
  socket.onSend = () => clock.now = () => T0 + 11;
  socket.arrive(9);
  await clock.advance(0);
  assert.deepEqual(socket.sent, [1, 2, 3]);
  assert.deepEqual(core.inputs, ["advanced at 0", "received 9 from 10.0.0.1 at 8"]);
  await finish(running);
});

Deno.test("the next datagram is read when the answers to the last have left: a flood fills no queue", async () => {
  const { core, clock, socket, driver, finish } = setUp();
  const running = driver.run();
  await clock.advance(0);
  const waiting: number[] = [];
  core.onReceive = () => {
    waiting.push(core.transmits.length);
    core.send(50, 51, 52);
  };
  socket.arrive(...Array.from({ length: 40 }, (_, index) => 100 + index));
  for (let round = 0; round < 40; round++) await clock.advance(1);
  assert.deepEqual(waiting, Array(40).fill(0));
  assert.equal(socket.sent.length, 120);
  await finish(running);
});

Deno.test("in a pause of a long fan-out so many are read as can be answered soon; the others wait", async () => {
  const { core, clock, socket, driver, finish, running } = await runSlowly();
  for (let byte = 0; byte < 30; byte++) core.send(byte);
  driver.wake();
  await clock.advance(0);
  assert.equal(socket.sent.length, 20);
  for (let index = 0; index < 200; index++) socket.arrive(index % 100);
  for (let round = 0; round < 40; round++) await clock.advance(0);
  const read = () => core.inputs.filter((input) => input.startsWith("received")).length;
  assert.equal(read(), 64);
  for (let round = 0; round < 100; round++) await clock.advance(1);
  assert.equal(read(), 200);
  await finish(running);
});

Deno.test("stopping in such a pause sends the rest without another", async () => {
  const { core, clock, socket, driver, running } = await runSlowly();
  for (let byte = 0; byte < 100; byte++) core.send(byte);
  driver.wake();
  await clock.advance(0);
  assert.ok(socket.sent.length < 100);
  driver.stop();
  await running;
  assert.equal(socket.sent.length, 100);
  assert.equal(core.accepted.length, 100);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("an error in place of a datagram is told and counted, and receiving goes on", async () => {
  const { core, clock, socket, receiveErrors, driver, finish } = setUp();
  const running = driver.run();
  await clock.advance(0);
  // What Windows says of a datagram that is longer than the buffer.
  const tooLong = new Error("a message was larger than the buffer (os error 10040)");
  socket.arrive(1, tooLong, 2, tooLong, 3);
  await clock.advance(0);
  assert.deepEqual(core.inputs, [
    "advanced at 0",
    "received 1 from 10.0.0.1 at 0",
    "receive error",
    "received 2 from 10.0.0.1 at 0",
    "receive error",
    "received 3 from 10.0.0.1 at 0",
  ]);
  assert.deepEqual(receiveErrors, [`${tooLong.message}, 1`], "told once in ten seconds");
  await clock.advance(10_000);
  socket.arrive(tooLong);
  await clock.advance(0);
  assert.deepEqual(receiveErrors.slice(1), [`${tooLong.message}, 3`]);
  await finish(running);
});

Deno.test("an error that repeats at once does not spin, and does not outlast its cause", async () => {
  const { core, clock, socket, driver, finish } = setUp();
  socket.broken = new Error("out of memory (os error 12)");
  const running = driver.run();
  await clock.advance(1000);
  assert.ok(socket.asked > 100, `asked ${socket.asked} times only`);
  assert.ok(socket.asked < 2000, `asked ${socket.asked} times in a second`);
  socket.broken = undefined;
  await clock.advance(20);
  socket.arrive(7);
  await clock.advance(0);
  assert.equal(core.inputs.at(-1), "received 7 from 10.0.0.1 at 1020");
  await finish(running);
});

Deno.test("stopping does not wait for a socket that only gives errors", async () => {
  const { clock, socket, driver } = setUp();
  socket.broken = new Error("out of memory (os error 12)");
  const running = driver.run();
  await clock.advance(5);
  driver.stop();
  await running;
  assert.ok(socket.isClosed);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("stopping sends what the core still wants sent, then closes", async () => {
  const { core, clock, socket, outputs, driver } = setUp();
  const running = driver.run();
  await clock.advance(0);
  let open = () => {};
  socket.gates.set(1, new Promise((resolve) => open = resolve));
  core.send(1, 2);
  core.outputs.push("last");
  driver.stop();
  await clock.advance(1);
  assert.ok(!socket.isClosed);
  open();
  await running;
  assert.deepEqual(socket.sent, [1, 2]);
  assert.deepEqual(outputs, ["last"]);
  assert.ok(socket.isClosed);
});

Deno.test("an output may stop the driver, however far the next deadline", async () => {
  for (const deadline of [undefined, T0 + 3_600_000]) {
    const { core, clock, driver, handleOutput } = setUp();
    handleOutput(() => driver.stop());
    core.onAdvance = (now) => {
      if (now < T0 + 10) core.deadline = T0 + 10;
      else {
        core.outputs.push("ended");
        core.deadline = deadline;
      }
    };
    let isDone = false;
    const running = driver.run().then(() => isDone = true);
    await clock.advance(20);
    assert.ok(isDone, "still asleep");
    await running;
    assert.equal(clock.sleeperCount, 0);
  }
});

Deno.test("a datagram's output may stop it as well", async () => {
  const { core, clock, socket, driver, handleOutput } = setUp();
  handleOutput(() => driver.stop());
  core.onReceive = () => core.outputs.push("ended");
  const running = driver.run();
  await clock.advance(5);
  socket.arrive(1, 2);
  await running;
  assert.deepEqual(core.inputs, ["advanced at 0", "received 1 from 10.0.0.1 at 5"]);
});

Deno.test("stopped before it runs, it still drains and closes", async () => {
  const { core, socket, driver } = setUp();
  core.send(1);
  driver.stop();
  await driver.run();
  assert.deepEqual(socket.sent, [1]);
  assert.ok(socket.isClosed);
});
