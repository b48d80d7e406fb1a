import assert from "node:assert/strict";
import type { Millis } from "../../../shared/core/units.ts";
import { Destination } from "../../../shared/driver/socket.ts";
import { PEER, setUp, T0 } from "./driver_kit.ts";

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
