/**
 * Sources of live data against the servers that people have: each is killed and started again in the middle, and the
 * data goes on.
 */
// @ts-types="../../server/origin/data/io/mqtt.d.ts"
import mqtt from "mqtt";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { RunningSource } from "../server/origin/data/io/sources.ts";
import { PICTURES } from "../shared/data/pictures.ts";
import { requireTool, testWith } from "../tools.ts";

const PNG = PICTURES["png"]![1];
const JSON_IMAGE = { base64: PNG.toBase64(), mimeType: "image/png" };

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

async function waitUntilListening(port: number): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  assert.fail(`nothing listens on port ${port}`);
}

/** A server that can be killed and started again. */
class KillableServer {
  readonly #command: Deno.Command;
  readonly #port: number;
  #process: Deno.ChildProcess | undefined;

  constructor(program: string, args: string[], port: number) {
    this.#command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
    this.#port = port;
  }

  async start(): Promise<void> {
    this.#process = this.#command.spawn();
    await waitUntilListening(this.#port);
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.status;
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** As much of a NATS client as publishes. */
class NatsPublisher {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number, options: object = {}): Promise<NatsPublisher> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const publisher = new NatsPublisher(connection);
    await publisher.#write(
      `CONNECT ${JSON.stringify({ verbose: false, headers: true, ...options })}\r\n`,
    );
    return publisher;
  }

  /** With a header, which not every subscriber wants. */
  async publish(subject: string, text: string): Promise<void> {
    const header = "NATS/1.0\r\nsource: test\r\n\r\n";
    const length = header.length + text.length;
    await this.#write(`HPUB ${subject} ${header.length} ${length}\r\n${header}${text}\r\n`);
  }

  async #write(text: string): Promise<void> {
    await this.#connection.write(new TextEncoder().encode(text));
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

/** Publishes one message after the other until it is stopped. */
async function withPublishing(
  publish: (message: string) => void | Promise<void>,
  from: number,
  test: () => Promise<void>,
): Promise<void> {
  let isOver = false;
  const publishing = (async () => {
    for (let index = from; !isOver; index++) {
      await publish(JSON.stringify({ time: index, values: { index }, image: JSON_IMAGE }));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    await test();
  } finally {
    isOver = true;
    await publishing;
  }
}

const SECOND_RUN = 100_000;

/** Checks messages of two runs of a publisher, and that the loss between them was told once. */
function checkRuns(running: RunningSource, name: string): void {
  const indexes = running.messages.map(({ values }) => values["index"] as number);
  assert.deepEqual(indexes, indexes.toSorted((one, other) => one - other), "in order");
  assert.equal(new Set(indexes).size, indexes.length, "none twice");
  assert.ok(indexes.filter((index) => index < SECOND_RUN).length >= 20);
  assert.ok(indexes.filter((index) => index >= SECOND_RUN).length >= 20);
  assert.deepEqual(running.notices, [
    `lost the connection to --data "${name}"; connecting again until it is back`,
    `--data "${name}" is connected again; its data goes on`,
  ]);
  assert.equal(running.source.counts.refused, 0);
}

const countOf = (running: RunningSource, from: number) =>
  running.messages.filter(({ values }) => (values["index"] as number) >= from).length;

/** A server of JSON messages: two runs with a kill between them. */
async function testTwoRuns(
  server: KillableServer,
  location: string,
  publishFrom: (from: number, test: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await server.start();
  const running = await RunningSource.open(location);
  try {
    await publishFrom(0, () => running.until(() => countOf(running, 0) >= 20, "the first run"));
    await server.kill();
    await running.until(() => running.notices.length === 1, "the notice of the loss");
    await server.start();
    const isSecond = () => countOf(running, SECOND_RUN) >= 20;
    await publishFrom(SECOND_RUN, () => running.until(isSecond, "the second run"));
    checkRuns(running, location);
    for (const { image } of running.messages) assert.deepEqual(image?.bytes, PNG);
  } finally {
    await running.stop();
  }
}

testWith(
  ["mosquitto"],
  "an MQTT broker is killed and started again, and the data goes on",
  async () => {
    const port = freePort();
    await using server = new KillableServer(requireTool("mosquitto"), ["-p", `${port}`], port);
    await testTwoRuns(server, `mqtt://127.0.0.1:${port}/beam/status`, async (from, test) => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
      try {
        await withPublishing((text) => void client.publish("beam/status", text), from, test);
      } finally {
        await client.endAsync(true);
      }
    });
  },
);

testWith(
  ["mosquitto"],
  "a topic with wildcards brings all its messages; a password that is wrong is named",
  async () => {
    const port = freePort();
    const folder = await Deno.makeTempDir();
    const config = `${folder}/mosquitto.conf`;
    await Deno.writeTextFile(
      config,
      `listener ${port} 127.0.0.1\nallow_anonymous false\nuser root\npassword_file ${folder}/passwords\n`,
    );
    await Deno.writeTextFile(`${folder}/passwords`, await passwordLine());
    await using server = new KillableServer(requireTool("mosquitto"), ["-c", config], port);
    await server.start();
    const running = await RunningSource.open(`mqtt://me:secret@127.0.0.1:${port}/beam/#`);
    const refused = await RunningSource.open(`mqtt://me:wrong@127.0.0.1:${port}/beam/#`);
    const client = await mqtt.connectAsync(`mqtt://me:secret@127.0.0.1:${port}`);
    try {
      let count = 0;
      const publish = (text: string) =>
        void client.publish(count++ % 2 ? "beam/a" : "beam/b/c", text);
      await withPublishing(publish, 0, async () => {
        await running.until(() => running.messages.length >= 10, "messages of both topics");
        await refused.until(() => refused.notices.length > 0, "a notice");
      });
      const indexes = running.messages.map(({ values }) => values["index"] as number);
      assert.deepEqual(indexes, indexes.map((_, at) => indexes[0]! + at));
      assert.equal(
        refused.notices[0],
        `--data "mqtt://127.0.0.1:${port}/beam/#" refuses the connection; check user name and password in the address; ` +
          "trying again until it is there",
      );
    } finally {
      await client.endAsync(true);
      await Promise.all([running.stop(), refused.stop()]);
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** A line of mosquitto's file of passwords for the user `me` with the password `secret`. */
async function passwordLine(): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(12));
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode("secret"),
    "PBKDF2",
    false,
    ["deriveBits"],
  );
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-512", salt, iterations: 101 },
    key,
    512,
  );
  return `me:$7$101$${salt.toBase64()}$${new Uint8Array(bits).toBase64()}\n`;
}

testWith(
  ["nats-server"],
  "a NATS server is killed and started again, and the data goes on",
  async () => {
    const port = freePort();
    await using server = new KillableServer(requireTool("nats-server"), [
      "-a",
      "127.0.0.1",
      "-p",
      `${port}`,
    ], port);
    await testTwoRuns(server, `nats://127.0.0.1:${port}/beam.status`, async (from, test) => {
      using connection = await NatsPublisher.connect(port);
      await withPublishing((text) => connection.publish("beam.status", text), from, test);
    });
  },
);

testWith(
  ["nats-server"],
  "a NATS server that wants a password gets it; one that refuses it is named",
  async () => {
    const port = freePort();
    const args = ["-a", "127.0.0.1", "-p", `${port}`, "--user", "me", "--pass", "secret"];
    await using server = new KillableServer(requireTool("nats-server"), args, port);
    await server.start();
    const running = await RunningSource.open(`nats://me:secret@127.0.0.1:${port}/beam.>`);
    const refused = await RunningSource.open(`nats://me:wrong@127.0.0.1:${port}/beam.>`);
    using connection = await NatsPublisher.connect(port, { user: "me", pass: "secret" });
    try {
      await withPublishing((text) => connection.publish("beam.a.b", text), 0, async () => {
        await running.until(() => running.messages.length >= 5, "messages");
        await refused.until(() => refused.notices.length > 0, "a notice");
      });
      assert.match(
        refused.notices[0]!,
        /refuses the connection; check user name and password in the address/,
      );
    } finally {
      await Promise.all([running.stop(), refused.stop()]);
    }
  },
);

testWith(
  ["mosquitto"],
  "a message that is too large is told, and the next one is read",
  async () => {
    const port = freePort();
    await using server = new KillableServer(requireTool("mosquitto"), ["-p", `${port}`], port);
    await server.start();
    const running = await RunningSource.open(`mqtt://127.0.0.1:${port}/x`);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
    try {
      await withPublishing((text) => void client.publish("x", text), 0, async () => {
        await running.until(() => running.messages.length > 0, "the first message");
        client.publish("x", "x".repeat(100 << 20));
        await running.until(() => running.notices.length > 0, "the notice");
        const { length } = running.messages;
        await running.until(() => running.messages.length > length + 5, "messages after it");
      });
      assert.equal(running.notices.length, 1);
      assert.match(running.notices[0]!, /: message \d+: is larger than 8 MB; it was left out$/);
      assert.equal(running.source.counts.refused, 1);
    } finally {
      await client.endAsync(true);
      await running.stop();
    }
  },
);

/** Runs a publisher that is a program of its own, and another one after it was killed. */
async function testTwoPrograms(
  location: string,
  programFrom: (first: number) => KillableServer,
): Promise<RunningSource> {
  await using first = programFrom(0);
  await using second = programFrom(SECOND_RUN);
  await first.start();
  const running = await RunningSource.open(location);
  try {
    await running.until(() => countOf(running, 0) >= 20, "the first run");
    await first.kill();
    await running.until(() => running.notices.length === 1, "the notice of the loss");
    await second.start();
    await running.until(() => countOf(running, SECOND_RUN) >= 20, "the second run");
    checkRuns(running, location);
  } finally {
    await running.stop();
  }
  return running;
}

function denoProgram(file: string, args: string[], port: number): KillableServer {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return new KillableServer(Deno.execPath(), ["run", "-A", "--no-check", path, ...args], port);
}

Deno.test("a WebSocket server is killed and started again, and the data goes on", async () => {
  const port = freePort();
  const running = await testTwoPrograms(
    `ws://127.0.0.1:${port}/x`,
    (first) => denoProgram("websocket_publisher.ts", [`${port}`, `${first}`], port),
  );
  for (const { image } of running.messages) assert.deepEqual(image?.bytes, PNG);
});

for (const kind of ["push", "pub"]) {
  const name = `a ZeroMQ ${kind.toUpperCase()} socket with bsread`;
  testWith(
    ["libzmq.so.5"],
    `${name} is killed and started again, and the data goes on`,
    async () => {
      const port = freePort();
      const library = requireTool("libzmq.so.5");
      const running = await testTwoPrograms(
        `zmq+tcp://127.0.0.1:${port}`,
        (first) => denoProgram("zmq_publisher.ts", [library, kind, `${port}`, `${first}`], port),
      );
      for (const { values, image } of running.messages) {
        const pixels = new Uint16Array(640 * 480).fill(values["index"] as number);
        assert.deepEqual(image, {
          bytes: new Uint8Array(pixels.buffer),
          mimeType: "application/octet-stream",
          width: 640,
          height: 480,
          format: "gray16le",
        });
      }
    },
  );
}
