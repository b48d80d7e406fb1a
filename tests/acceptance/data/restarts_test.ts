/**
 * Sources of live data against the servers that people have: each is killed and started again in the middle, and the
 * data goes on, at the source alone and at a listener of the program.
 */
// @ts-types="../../../server/origin/data/io/mqtt.d.ts"
import mqtt from "mqtt";
import assert from "node:assert/strict";
import { requireTool, testWith } from "../../tools.ts";
import {
  denoProgram,
  freePort,
  KillableServer,
  NatsPublisher,
  PNG,
  withPublishing,
} from "./servers.ts";
import { type OpenWitness, sha256, type Witness, WITNESSES } from "./witnesses.ts";

const SECOND_RUN = 100_000;
/** Messages of each run that have to come. */
const ENOUGH = 20;

const countOf = ({ messages }: Witness, from: number) =>
  messages.filter(({ index }) => index >= from).length;

/** Checks messages of two runs of a publisher, and that the loss between them was told once. */
async function checkRuns(
  witness: Witness,
  location: string,
  imageOf: (index: number) => Uint8Array,
): Promise<void> {
  assert.equal(await witness.stop(), 0, "refused");
  const { messages, notices } = witness;
  const indexes = messages.map(({ index }) => index);
  assert.deepEqual(indexes, indexes.toSorted((one, other) => one - other), "in order");
  assert.equal(new Set(indexes).size, indexes.length, "none twice");
  assert.ok(indexes.filter((index) => index < SECOND_RUN).length >= ENOUGH);
  assert.ok(countOf(witness, SECOND_RUN) >= ENOUGH);
  for (const { index, image } of messages) assert.equal(image, sha256(imageOf(index)));
  assert.deepEqual(notices, [
    `lost the connection to --data "${location}"; connecting again until it is back`,
    `--data "${location}" is connected again; its data goes on`,
  ]);
}

/** A server of JSON messages: two runs with a kill between them. */
async function testTwoRuns(
  open: OpenWitness,
  server: KillableServer,
  location: string,
  publishFrom: (from: number, test: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await server.start();
  const witness = await open(location);
  try {
    const until = (from: number) => () =>
      witness.until(() => countOf(witness, from) >= ENOUGH, `the run from ${from} on`);
    await publishFrom(0, until(0));
    await server.kill();
    await witness.until(() => witness.notices.length === 1, "the notice of the loss");
    await server.start();
    await publishFrom(SECOND_RUN, until(SECOND_RUN));
    await checkRuns(witness, location, () => PNG);
  } finally {
    await witness.stop();
  }
}

/** Runs a publisher that is a program of its own, and another one after it was killed. */
async function testTwoPrograms(
  open: OpenWitness,
  location: string,
  programFrom: (first: number) => KillableServer,
  imageOf: (index: number) => Uint8Array,
): Promise<void> {
  await using first = programFrom(0);
  await using second = programFrom(SECOND_RUN);
  await first.start();
  const witness = await open(location);
  try {
    await witness.until(() => countOf(witness, 0) >= ENOUGH, "the first run");
    await first.kill();
    await witness.until(() => witness.notices.length === 1, "the notice of the loss");
    await second.start();
    await witness.until(() => countOf(witness, SECOND_RUN) >= ENOUGH, "the second run");
    await checkRuns(witness, location, imageOf);
  } finally {
    await witness.stop();
  }
}

for (const [where, open] of Object.entries(WITNESSES)) {
  const goesOn = `is killed and started again, and the data goes on, ${where}`;

  testWith(["mosquitto"], `an MQTT broker ${goesOn}`, async () => {
    const port = freePort();
    await using server = new KillableServer(requireTool("mosquitto"), ["-p", `${port}`], port);
    const location = `mqtt://127.0.0.1:${port}/beam/status`;
    await testTwoRuns(open, server, location, async (from, test) => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
      try {
        await withPublishing((text) => void client.publish("beam/status", text), from, test);
      } finally {
        await client.endAsync(true);
      }
    });
  });

  testWith(["nats-server"], `a NATS server ${goesOn}`, async () => {
    const port = freePort();
    const args = ["-a", "127.0.0.1", "-p", `${port}`];
    await using server = new KillableServer(requireTool("nats-server"), args, port);
    const location = `nats://127.0.0.1:${port}/beam.status`;
    await testTwoRuns(open, server, location, async (from, test) => {
      using connection = await NatsPublisher.connect(port);
      await withPublishing((text) => connection.publish("beam.status", text), from, test);
    });
  });

  Deno.test(`a WebSocket server ${goesOn}`, async () => {
    const port = freePort();
    await testTwoPrograms(
      open,
      `ws://127.0.0.1:${port}/x`,
      (first) => denoProgram("websocket_publisher.ts", [`${port}`, `${first}`], port),
      () => PNG,
    );
  });

  for (const kind of ["push", "pub"]) {
    const name = `a ZeroMQ ${kind.toUpperCase()} socket with bsread`;
    testWith(["libzmq.so.5"], `${name} ${goesOn}`, async () => {
      const port = freePort();
      const library = requireTool("libzmq.so.5");
      await testTwoPrograms(
        open,
        `zmq+tcp://127.0.0.1:${port}`,
        (first) => denoProgram("zmq_publisher.ts", [library, kind, `${port}`, `${first}`], port),
        (index) => new Uint8Array(new Uint16Array(640 * 480).fill(index).buffer),
      );
    });
  }
}
