import assert from "node:assert/strict";
import { nameOf, parseDataLocation } from "../../../../../server/origin/data/io/location.ts";
import { CommandError, ExitCode } from "../../../../../shared/core/errors.ts";

function problemOf(location: string): string {
  try {
    parseDataLocation(location);
  } catch (error) {
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, ExitCode.usage);
    return error.message;
  }
  assert.fail(`${location} is accepted`);
}

Deno.test("every form of --data is read", () => {
  const broker = { subject: "", port: 0 };
  assert.deepEqual(parseDataLocation("-"), { kind: "stdin", path: "-" });
  assert.deepEqual(parseDataLocation("a/data.ndjson"), { kind: "file", path: "a/data.ndjson" });
  assert.deepEqual(parseDataLocation("https://h/x?y"), {
    kind: "http",
    url: new URL("https://h/x?y"),
  });
  assert.deepEqual(parseDataLocation("ws://h:81/x"), {
    kind: "websocket",
    url: new URL("ws://h:81/x"),
  });
  assert.deepEqual(parseDataLocation("wss://h"), { kind: "websocket", url: new URL("wss://h") });
  assert.deepEqual(parseDataLocation("mqtt://h/a/b"), {
    ...broker,
    kind: "mqtt",
    hostname: "h",
    port: 1883,
    subject: "a/b",
  });
  assert.deepEqual(parseDataLocation("nats://user:p%40ss@h:80/beam.>"), {
    kind: "nats",
    hostname: "h",
    port: 80,
    subject: "beam.>",
    user: "user",
    password: "p@ss",
  });
  assert.deepEqual(parseDataLocation("zmq+tcp://[::1]:9999"), {
    ...broker,
    kind: "zmq",
    hostname: "::1",
    port: 9999,
  });
});

Deno.test("the wildcards of MQTT are part of the topic", () => {
  for (const topic of ["beam/#", "+/x/#", "#", "a%23b"]) {
    const location = parseDataLocation(`mqtt://h/${topic}`);
    assert.ok(location.kind === "mqtt");
    assert.equal(location.subject, topic.replace("%23", "#"));
  }
});

Deno.test("what is missing is named, and no password is shown", () => {
  assert.match(
    problemOf("ftp://h/x"),
    /--data "ftp:\/\/h\/x" has an unknown kind of address; give a file, -, http/,
  );
  assert.match(problemOf("mqtt://h"), /needs a topic: write mqtt:\/\/HOST\/TOPIC$/);
  assert.match(problemOf("mqtt://h/"), /needs a topic/);
  assert.match(problemOf("nats://h"), /needs a subject/);
  assert.match(problemOf("nats://h/a b"), /a subject with a space/);
  assert.match(problemOf("zmq+tcp://h"), /needs a port/);
  assert.match(problemOf("zmq+tcp://h:1/x"), /has a path/);
  assert.match(problemOf("mqtt:///x"), /is no address/);
  for (
    const text of ["mqtt://user:secret@h:1", "nats://user:secret@h/a b"]
  ) {
    assert.ok(!problemOf(text).includes("secret"), problemOf(text));
  }
  assert.ok(!nameOf("mqtt://user:/secret@h/x").includes("secret"));
  assert.equal(nameOf("mqtt://user:secret@h/beam/#"), '--data "mqtt://h/beam/#"');
  assert.equal(nameOf("http://user:secret@h/x?key=1"), '--data "http://h/x"');
});
