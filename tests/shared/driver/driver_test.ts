import assert from "node:assert/strict";
import { setUp, T0 } from "./driver_kit.ts";

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
