/** Sources of live data against the servers that people have: passwords, wildcards and messages that are too large. */
// @ts-types="../../../server/origin/data/io/mqtt.d.ts"
import mqtt from "mqtt";
import assert from "node:assert/strict";
import { RunningSource } from "../../server/origin/data/io/sources.ts";
import { requireTool, testWith } from "../../tools.ts";
import { freePort, KillableServer, NatsPublisher, withPublishing } from "./servers.ts";

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
