import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { MAX_DATAGRAM_BYTES } from "../../../shared/core/units.ts";
import {
  type AdmissionMessage,
  answerAssociated,
  clientRandomOf,
  joinAssociated,
  type JoinInfo,
  JoinInfoSchema,
  MAX_COOKIE_BYTES,
  parseAdmission,
  serializeAdmission,
  serializeJoinInfo,
} from "../../../shared/admission/admission.ts";
import { runs } from "../../runs.ts";
import { accept, acceptInfo, clientRandom, cookie, MESSAGES } from "./admission_messages.ts";

/** What sealing adds to an ACCEPT: the nonce, the tag, and the type inside. */
const SEALING_BYTES = 16 + 16 + 1;
const encoder = new TextEncoder();

const isMalformed = (datagram: Uint8Array) => {
  const result = parseAdmission(datagram);
  return !result.ok && result.junk === "malformedAdmission";
};
/** A message of which the test says every byte: type, version 2, client random, body. */
const raw = (type: number, ...body: number[]) => Uint8Array.of(type, 2, ...clientRandom, ...body);
const rawJson = (type: number, head: number[], json: string) =>
  raw(type, ...head, ...encoder.encode(json));

/** Those whose last field reaches to the end, so that they may be cut and still be read. */
const OPEN_ENDED = /reject|retry|sealedJoin|answer/;

for (const message of MESSAGES) {
  Deno.test(`${message.type}: what is written is read`, () => {
    const datagram = serializeAdmission(message);
    assert.ok(datagram.length <= MAX_DATAGRAM_BYTES);
    assert.deepEqual(parseAdmission(datagram), { ok: true, value: message });
    assert.deepEqual(clientRandomOf(datagram), clientRandom);
  });

  Deno.test(`${message.type}: what is read is a copy, for the buffer is used again`, () => {
    const datagram = serializeAdmission(message);
    const buffer = new Uint8Array(2048);
    buffer.set(datagram, 3);
    const result = parseAdmission(buffer.subarray(3, 3 + datagram.length));
    buffer.fill(0);
    assert.deepEqual(result, { ok: true, value: message });
  });

  Deno.test(`${message.type}: another version is told apart`, () => {
    const datagram = serializeAdmission(message);
    datagram[1] = 1;
    assert.deepEqual(parseAdmission(datagram), { ok: false, junk: "unsupportedVersion" });
    assert.deepEqual(clientRandomOf(datagram), clientRandom);
  });

  Deno.test(`${message.type}: cut short, it is junk or a shorter message, never an error`, () => {
    const datagram = serializeAdmission(message);
    for (let length = 0; length < datagram.length; length++) {
      const result = parseAdmission(datagram.subarray(0, length));
      if (length < 24) assert.ok(!result.ok, `${length} bytes`);
      if (!OPEN_ENDED.test(message.type)) assert.ok(!result.ok, `${length} bytes`);
    }
  });
}

Deno.test("the layout is type, version, client random, body", () => {
  const datagram = serializeAdmission({ type: "retry", clientRandom, cookie: Uint8Array.of(7, 8) });
  assert.deepEqual([...datagram], [65, 2, ...clientRandom, 2, 7, 8]);
  const rejection: AdmissionMessage = {
    type: "reject",
    clientRandom,
    code: 1401,
    retryAfterMillis: 65_536,
    reason: "no",
  };
  assert.deepEqual([...serializeAdmission(rejection)], [
    ...[68, 2, ...clientRandom, 0x05, 0x79, 0, 1, 0, 0],
    ...encoder.encode("no"),
  ]);
});

Deno.test("a HELLO is 1200 bytes, and one that is not is refused", () => {
  const hello = serializeAdmission({ type: "hello", clientRandom });
  assert.equal(hello.length, 1200);
  for (const length of [18, 100, 1199]) assert.ok(isMalformed(hello.subarray(0, length)));
  assert.ok(isMalformed(Uint8Array.of(...hello, 0)));
});

Deno.test("an answer to a stranger is never longer than what it cost to ask", () => {
  const hello = serializeAdmission({ type: "hello", clientRandom });
  const hostKey = new Uint8Array(32);
  const retry = serializeAdmission({ type: "retry", clientRandom, cookie, hostKey });
  assert.equal(retry.length, 18 + 1 + MAX_COOKIE_BYTES + 32);
  assert.ok(retry.length * 3 < hello.length);
});

Deno.test("an ACCEPT with eight channels and every field at its longest fits a datagram, sealed too", () => {
  const fits = ({ length }: Uint8Array) => length + SEALING_BYTES <= MAX_DATAGRAM_BYTES;
  assert.equal(accept.info.channels.length, 8);
  assert.ok(fits(serializeAdmission(accept)));
});

Deno.test("whatever the schema lets through as join info fits a datagram and comes back", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 64 }),
    fc.string({ unit: fc.constantFrom('"', "\\", "漢", "a"), maxLength: 64 }),
  );
  const info = fc.record({
    name: text,
    token: fc.oneof(fc.base64String({ maxLength: 700 }), fc.constant("~".repeat(700))),
    software: text,
  }, { requiredKeys: [], noNullPrototype: true });
  let tried = 0;
  fc.assert(
    fc.property(info, (given) => {
      fc.pre(v.is(JoinInfoSchema, given) && !/\p{Cc}/u.test(Object.values(given).join("")));
      tried++;
      const message: AdmissionMessage = { type: "join", clientRandom, cookie, info: given };
      assert.deepEqual(parseAdmission(serializeAdmission(message)), { ok: true, value: message });
    }),
    runs(300),
  );
  assert.ok(tried > 0);
});

Deno.test("the longest join info that the schema lets through fits", () => {
  const longest: JoinInfo = {
    name: '"'.repeat(32) + "漢".repeat(32),
    token: "x".repeat(700),
    software: '"'.repeat(16) + "漢".repeat(16),
  };
  assert.ok(v.is(JoinInfoSchema, longest));
  const message: AdmissionMessage = { type: "join", clientRandom, cookie, info: longest };
  assert.deepEqual(parseAdmission(serializeAdmission(message)), { ok: true, value: message });
  const sealed = serializeJoinInfo({ ...longest, resume: "x".repeat(22) });
  const ciphertext = new Uint8Array(sealed.length + 16);
  const encapsulated = new Uint8Array(32);
  serializeAdmission({ type: "sealedJoin", clientRandom, cookie, encapsulated, ciphertext });
});

Deno.test("what does not fit a datagram, or no listener would accept, is not written", () => {
  const reason = "x".repeat(1200);
  const reject = { type: "reject", clientRandom, code: 1402, retryAfterMillis: 0, reason } as const;
  assert.throws(() => serializeAdmission(reject), RangeError);
  const [channel] = acceptInfo.channels;
  const info = { ...acceptInfo, channels: new Array(9).fill(channel) };
  assert.throws(() => serializeAdmission({ ...accept, info }), RangeError);
});

Deno.test("join info outside the schema is refused, what a later version adds is passed over", () => {
  const infoOf = (info: unknown) => rawJson(66, [1, 0xc0, 0], JSON.stringify(info));
  assert.ok(!isMalformed(infoOf({})));
  assert.ok(!isMalformed(infoOf({ later: "fields are passed over" })));
  for (
    const info of [
      ...[null, 7, "x", { name: 7 }, { name: "x".repeat(65) }, { name: "漢".repeat(43) }],
      ...[{ token: "x".repeat(701) }, { token: "é".repeat(351) }, { token: 7 }],
      { software: "x".repeat(33) },
    ]
  ) {
    assert.ok(isMalformed(infoOf(info)), JSON.stringify(info));
  }
});

Deno.test("an ACCEPT that is cut off is refused, what a later version adds is passed over", () => {
  const whole = serializeAdmission(accept);
  for (let length = 18; length < whole.length; length++) {
    assert.ok(isMalformed(whole.subarray(0, length)), `${length} bytes`);
  }
  assert.deepEqual(parseAdmission(Uint8Array.of(...whole, 1, 2, 3)), { ok: true, value: accept });
});

Deno.test("cookies that are missing, or longer than there are, are refused", () => {
  assert.ok(isMalformed(raw(65)));
  assert.ok(isMalformed(raw(65, 64, ...cookie.subarray(1))));
  assert.ok(isMalformed(raw(65, 0)));
  assert.ok(isMalformed(raw(65, 65, ...cookie, 0)));
  assert.ok(isMalformed(raw(66)));
  assert.ok(isMalformed(rawJson(66, [0], "{}")));
  assert.ok(isMalformed(rawJson(66, [65, ...cookie, 0], "{}")));
  assert.ok(isMalformed(raw(66, 64, ...cookie.subarray(0, 10))));
});

Deno.test("a host key is whole or not there, and a JOIN's mode is one that there is", () => {
  for (const length of [1, 31, 33]) {
    assert.ok(isMalformed(raw(65, 1, 0xc0, ...new Uint8Array(length))), `${length} bytes`);
  }
  assert.ok(isMalformed(rawJson(66, [1, 0xc0, 2], "{}")));
  assert.ok(isMalformed(raw(66, 1, 0xc0)));
  assert.ok(isMalformed(raw(66, 1, 0xc0, 1, ...new Uint8Array(32 + 15))));
  assert.ok(isMalformed(raw(69, ...new Uint8Array(16 + 15))));
});

Deno.test("keys of another length, of no epoch, and more than two are refused", () => {
  const plain = { type: "accept", clientRandom, connectionId: 1n, info: acceptInfo } as const;
  // After the header and the connection id, the length of the keys is 0.
  const rest = serializeAdmission(plain).subarray(18 + 8 + 1);
  const withKeys = (...bytes: number[]) =>
    raw(67, 0, 0, 0, 0, 0, 0, 0, 1, bytes.length, ...bytes, ...rest);
  const [signing, epoch] = [new Array(32).fill(1), [0, 0, 0, 1, ...new Array(28).fill(2)]];
  assert.ok(!isMalformed(withKeys(...signing, ...epoch)));
  assert.ok(!isMalformed(withKeys(...signing, ...epoch, ...epoch)));
  for (
    const bytes of [
      ...[[1], signing, epoch, [...signing, ...epoch, 0], [...signing, ...epoch.slice(1)]],
      [...signing, ...epoch, ...epoch, ...epoch],
      [...signing, 0, 0, 0, 0, ...new Array(28).fill(2)],
    ]
  ) {
    assert.ok(isMalformed(withKeys(...bytes)), `${bytes.length} bytes`);
  }
});

Deno.test("what a JOIN and an answer are sealed with is what stands before", () => {
  const encapsulated = new Uint8Array(32).fill(0xe);
  const ciphertext = new Uint8Array(20).fill(0xc);
  const join = serializeAdmission({
    type: "sealedJoin",
    clientRandom,
    cookie,
    encapsulated,
    ciphertext,
  });
  const associated = joinAssociated(clientRandom, cookie);
  assert.deepEqual([...join], [...associated, ...encapsulated, ...ciphertext]);
  const nonce = new Uint8Array(16);
  const answer = serializeAdmission({ type: "answer", clientRandom, nonce, ciphertext });
  assert.deepEqual([...answer], [...answerAssociated(clientRandom), ...nonce, ...ciphertext]);
});

Deno.test("a reason that is not UTF-8 is refused, as are types that are none", () => {
  assert.ok(isMalformed(raw(68, 0, 0, 0, 0, 0, 0, 0xff)));
  assert.ok(isMalformed(raw(68, 0, 0, 0, 0, 0)));
  for (const type of [0, 63, 70, 79, 128, 255]) assert.ok(isMalformed(raw(type, 1, 2, 3)));
});

Deno.test("no bytes make it throw, random or real ones changed", () => {
  const reals = MESSAGES.map(serializeAdmission);
  const changed = fc.tuple(
    fc.constantFrom(...reals),
    fc.array(fc.tuple(fc.nat(1199), fc.nat(255)), { maxLength: 6 }),
    fc.nat(1200),
  ).map(([real, changes, length]) => {
    const bytes = real.slice(0, length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  const almost = fc.tuple(fc.integer({ min: 64, max: 68 }), fc.uint8Array({ maxLength: 200 }))
    .map(([type, body]) => raw(type, ...body));
  const names = ["malformedAdmission", "unsupportedVersion"];
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed, almost), (bytes) => {
      const result = parseAdmission(bytes);
      if (!result.ok) return assert.ok(names.includes(result.junk));
      assert.deepEqual(clientRandomOf(bytes), result.value.clientRandom);
    }),
    runs(2000),
  );
});
