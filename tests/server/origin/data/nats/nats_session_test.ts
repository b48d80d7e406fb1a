import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../../../shared/core/bytes.ts";
import {
  type NatsMessage,
  type NatsOptions,
  NatsSession,
} from "../../../../../server/origin/data/nats/nats_session.ts";
import { runs } from "../../../../runs.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const INFO = encoder.encode('INFO {"server_id":"x","version":"2.9.10","max_payload":1048576}\r\n');

function open(options: Partial<NatsOptions> = {}): NatsSession {
  return new NatsSession({ subject: "beam.>", maxBytes: 1000, ...options });
}

function message(payload: Uint8Array, reply = ""): Uint8Array {
  return concat(
    encoder.encode(`MSG beam.a 1 ${reply}${payload.length}\r\n`),
    payload,
    encoder.encode("\r\n"),
  );
}

function sentBy(session: NatsSession, bytes: Uint8Array): string {
  return session.push(bytes).send.map((part) => decoder.decode(part)).join("");
}

function problemOf(text: string, session = open()): string | undefined {
  return session.push(encoder.encode(text)).problem;
}

Deno.test("the server's first line is answered with the credentials and the subject", () => {
  const connectOf = (options: Partial<NatsOptions>) => {
    const [, json, rest] = /^CONNECT (\{.*?\})\r\n(.*)$/s.exec(sentBy(open(options), INFO))!;
    assert.equal(rest, "SUB beam.> 1\r\n");
    const { user, pass, auth_token, verbose, headers } = JSON.parse(json!);
    assert.deepEqual({ verbose, headers }, { verbose: false, headers: false });
    return { user, pass, auth_token };
  };
  const none = { user: undefined, pass: undefined, auth_token: undefined };
  assert.deepEqual(connectOf({}), none);
  assert.deepEqual(connectOf({ user: "me", password: "x" }), { ...none, user: "me", pass: "x" });
  assert.deepEqual(connectOf({ user: "token" }), { ...none, auth_token: "token" });
});

Deno.test("messages of any bytes are read, however they are cut", () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 6 });
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 });
  fc.assert(
    fc.property(payloads, cuts, (payloads, cuts) => {
      const bytes = concat(
        INFO,
        ...payloads.map((payload, index) => message(payload, index % 2 ? "_INBOX.1 " : "")),
        encoder.encode("PING\r\n"),
      );
      const session = open();
      const read: NatsMessage[] = [];
      let sent = "";
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const end = at + cuts[turn % cuts.length]!;
        const chunk = bytes.slice(at, end);
        const { messages, send, problem } = session.push(chunk);
        // The reader of the connection uses its memory again.
        chunk.fill(0);
        assert.equal(problem, undefined);
        read.push(...messages);
        sent += send.map((part) => decoder.decode(part)).join("");
        at = end;
      }
      assert.deepEqual(read, payloads);
      assert.ok(sent.endsWith("PONG\r\n"));
    }),
    runs(200),
  );
});

Deno.test("a message that is too large is skipped without being held, and the next one is read", () => {
  const session = open();
  session.push(INFO);
  session.push(encoder.encode(`MSG a 1 ${100 << 20}\r\n`));
  const chunk = new Uint8Array(1 << 20);
  for (let count = 0; count < 100; count++) assert.deepEqual(session.push(chunk).messages, []);
  const { messages } = session.push(concat(encoder.encode("\r\n"), message(Uint8Array.of(7))));
  assert.deepEqual(messages, [undefined, Uint8Array.of(7)]);
});

Deno.test("a server that answers no PING is noticed, and one that does is not", () => {
  const session = open();
  session.push(INFO);
  assert.equal(decoder.decode(session.ping()), "PING\r\n");
  session.ping();
  assert.equal(session.unanswered, 2);
  session.push(encoder.encode("PONG\r\n"));
  assert.equal(session.unanswered, 0);
});

Deno.test("why a server can't be read is named", () => {
  const notNats = "does not answer as a NATS server does; check the address and the port";
  assert.equal(problemOf("HTTP/1.1 400 Bad Request"), notNats);
  assert.equal(problemOf("INFO [1\r\n"), notNats);
  assert.equal(problemOf("INFO " + "x".repeat(300_000)), notNats);
  assert.equal(problemOf("INFO {}\r\nMSG a 1\r\n"), notNats);
  assert.equal(problemOf("INFO {}\r\nMSG a 1 -5\r\n"), notNats);
  assert.equal(problemOf("INFO {}\r\nWHAT\r\n"), notNats);
  assert.match(problemOf('INFO {"tls_required":true}\r\n')!, /asks for TLS/);
  assert.match(
    problemOf("INFO {}\r\n-ERR 'Authorization Violation'\r\n")!,
    /check user name and password/,
  );
  assert.match(
    problemOf("INFO {}\r\n-ERR 'Permissions Violation for Subscription to \"x\"'\r\n")!,
    /refuses the subject/,
  );
  assert.equal(problemOf("INFO {}\r\n-ERR 'Stale Connection'\r\n"), "ends the connection");
});

Deno.test("no bytes make it throw, and after a problem it reads nothing more", () => {
  const bytes = concat(INFO, message(new Uint8Array(30)), INFO, encoder.encode("+OK\r\nPONG\r\n"));
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.uint8Array(), (changes, rest) => {
      const changed = bytes.slice();
      for (const [at, value] of changes) changed[at] = value;
      const session = open();
      const { problem } = session.push(changed);
      const after = session.push(rest);
      if (problem !== undefined) assert.deepEqual(after, { send: [], messages: [], problem });
    }),
    runs(500),
  );
});

Deno.test("thousands of PINGs at once are answered once", () => {
  const session = new NatsSession({ subject: "beam", maxBytes: 100 });
  session.push(INFO);
  const { send } = session.push(encoder.encode("PING\r\n".repeat(40_000)));
  assert.deepEqual(send, [encoder.encode("PONG\r\n")]);
  assert.deepEqual(session.push(encoder.encode("+OK\r\n")).send, []);
});
