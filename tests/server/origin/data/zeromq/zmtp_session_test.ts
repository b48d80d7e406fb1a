import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, viewOf } from "../../../../../shared/core/bytes.ts";
import {
  MAX_ZMTP_BYTES,
  type ZmtpMessage,
  ZmtpSession,
} from "../../../../../server/origin/data/zeromq/zmtp_session.ts";
import { runs } from "../../../../runs.ts";

const encoder = new TextEncoder();

function greeting(changes: { version?: number; mechanism?: string } = {}): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = changes.version ?? 3;
  bytes.set(encoder.encode(changes.mechanism ?? "NULL"), 12);
  return bytes;
}

function frame(flags: number, body: Uint8Array): Uint8Array {
  if (body.length < 256) return concat(Uint8Array.of(flags, body.length), body);
  const head = new Uint8Array(9);
  head[0] = flags | 2;
  viewOf(head).setUint32(5, body.length);
  return concat(head, body);
}

function ready(type: string): Uint8Array {
  const value = encoder.encode(type);
  return frame(
    4,
    concat(
      Uint8Array.of(5),
      encoder.encode("READY"),
      Uint8Array.of(8),
      encoder.encode("Identity"),
      new Uint8Array(4),
      Uint8Array.of(11),
      encoder.encode("Socket-Type"),
      Uint8Array.of(0, 0, 0, value.length),
      value,
    ),
  );
}

function message(...parts: readonly Uint8Array[]): Uint8Array {
  return concat(...parts.map((part, index) => frame(index < parts.length - 1 ? 1 : 0, part)));
}

/** A session past its handshake with a PUSH socket. */
function running(): ZmtpSession {
  const session = new ZmtpSession();
  session.push(concat(greeting(), ready("PUSH")));
  return session;
}

function problemOf(bytes: Uint8Array): string | undefined {
  return new ZmtpSession().push(bytes).problem;
}

Deno.test("a PUSH socket is answered as PULL, a PUB socket as SUB of all topics", () => {
  const session = new ZmtpSession();
  assert.deepEqual(session.greeting, greeting());
  assert.deepEqual(session.push(greeting()).send, []);
  const pull = encoder.encode("\x05READY\x0bSocket-Type\0\0\0\x04PULL");
  assert.deepEqual(session.push(ready("PUSH")).send, [frame(4, pull)]);
  for (const type of ["PUB", "XPUB"]) {
    const { send } = new ZmtpSession().push(concat(greeting(), ready(type)));
    const sub = encoder.encode("\x05READY\x0bSocket-Type\0\0\0\x03SUB");
    assert.deepEqual(send, [frame(4, sub), frame(0, Uint8Array.of(1))]);
  }
});

Deno.test("messages of any parts are read, however the bytes are cut", () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.uint8Array({ minLength: 250, maxLength: 600 }),
  );
  const given = fc.array(fc.array(part, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(
      given,
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
      (given, cuts) => {
        const bytes = concat(greeting(), ready("PUB"), ...given.map((parts) => message(...parts)));
        const session = new ZmtpSession();
        const read: ZmtpMessage[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const end = at + cuts[turn % cuts.length]!;
          const { messages, problem } = session.push(bytes.subarray(at, end));
          assert.equal(problem, undefined);
          read.push(...messages);
          at = end;
        }
        assert.deepEqual(read, given);
      },
    ),
    runs(200),
  );
});

Deno.test("a message that is too large is skipped without being held, and the next one is read", () => {
  const session = running();
  const head = new Uint8Array(9);
  head[0] = 3;
  viewOf(head).setUint32(5, 100 << 20);
  session.push(message(encoder.encode("a")).with(0, 1));
  session.push(head);
  const chunk = new Uint8Array(1 << 20);
  for (let count = 0; count < 100; count++) assert.deepEqual(session.push(chunk).messages, []);
  const { messages } = session.push(concat(message(Uint8Array.of(7)), message(Uint8Array.of(8))));
  assert.deepEqual(messages, [undefined, [Uint8Array.of(8)]]);
});

Deno.test("parts that are too large together, or too many, are skipped too", () => {
  const session = running();
  const half = new Uint8Array(MAX_ZMTP_BYTES / 2);
  assert.deepEqual(session.push(message(half, half)).messages.length, 1);
  assert.deepEqual(session.push(message(half, half, Uint8Array.of(1))).messages, [undefined]);
  const many = message(...Array.from({ length: 4097 }, () => new Uint8Array()));
  assert.deepEqual(session.push(many).messages, [undefined]);
  assert.deepEqual(session.push(message(new Uint8Array())).messages, [[new Uint8Array()]]);
});

Deno.test("a PING is answered with its context", () => {
  const ping = frame(4, concat(encoder.encode("\x04PING"), Uint8Array.of(0, 10, 1, 2, 3)));
  const pong = frame(4, concat(encoder.encode("\x04PONG"), Uint8Array.of(1, 2, 3)));
  assert.deepEqual(running().push(ping).send, [pong]);
});

Deno.test("what is no publisher of ZeroMQ is named", () => {
  assert.match(problemOf(encoder.encode("HTTP/1.1 400"))!, /does not speak ZeroMQ's protocol/);
  assert.match(problemOf(greeting({ version: 1 }))!, /an old protocol of ZeroMQ; version 4/);
  assert.match(problemOf(greeting({ mechanism: "CURVE" }))!, /a password or a key \(CURVE\)/);
  assert.equal(
    problemOf(concat(greeting(), ready("REP"))),
    "is a REP socket; a PUSH or PUB socket is needed",
  );
  assert.equal(
    problemOf(concat(greeting(), frame(4, encoder.encode("\x05ERROR\0")))),
    "refuses the connection",
  );
  assert.match(problemOf(concat(greeting(), frame(0, Uint8Array.of(1))))!, /bytes that are not/);
  assert.match(problemOf(concat(greeting(), Uint8Array.of(0x18)))!, /bytes that are not/);
});

Deno.test("no bytes make it throw, and after a problem it reads nothing more", () => {
  const bytes = concat(greeting(), ready("PUSH"), message(new Uint8Array(300), Uint8Array.of(1)));
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.uint8Array(), (changes, rest) => {
      const changed = bytes.slice();
      for (const [at, value] of changes) changed[at] = value;
      const session = new ZmtpSession();
      const { problem } = session.push(changed);
      const after = session.push(rest);
      if (problem !== undefined) assert.deepEqual(after, { send: [], messages: [], problem });
    }),
    runs(500),
  );
});
