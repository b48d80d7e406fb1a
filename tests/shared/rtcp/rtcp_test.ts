import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_REPORT_BLOCKS,
  parseRtcp,
  type ReceptionReport,
  type RtcpMessage,
  type SenderReport,
  serializeInParts,
  serializeRtcp,
} from "../../../shared/rtcp/rtcp.ts";
import { runs } from "../../runs.ts";

/** Bytes from text such as `81 c9 0007`. */
function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
function parse(bytes: Uint8Array): RtcpMessage[] {
  const result = parseRtcp(bytes);
  assert.ok(result.ok);
  return result.value;
}
function assertJunk(bytes: Uint8Array, why: string): void {
  assert.deepEqual(parseRtcp(bytes), { ok: false, junk: "malformedRtcp" }, why);
}

const SENDER_REPORT: SenderReport = {
  type: "senderReport",
  ssrc: 0xdead_beef,
  ntpTime: { seconds: 0xb44d_b705, fraction: 0x2000_0000 },
  rtpTimestamp: 0xffff_fff0,
  packetCount: 17,
  octetCount: 0x0001_0000,
};
const REPORT: ReceptionReport = {
  ssrc: 0x0102_0304,
  fractionLost: 64,
  cumulativeLost: 0x01_0203,
  highestSequence: 0x0001_ffff,
  jitter: 99,
  lastSenderReport: 0xb705_2000,
  delaySinceLastSenderReport: 0x0005_4000,
};
const receiverReport = (...reports: ReceptionReport[]): RtcpMessage => ({
  type: "receiverReport",
  ssrc: 0x0000_0009,
  reports,
});

/** Each message with its bytes as the RFC draws them: RFC 3550 sections 6.4.1, 6.4.2, 6.5, 6.6. */
const VECTORS: { name: string; message: RtcpMessage; bytes: Uint8Array }[] = [
  {
    name: "sender report",
    message: SENDER_REPORT,
    bytes: hex("80c80006 deadbeef b44db705 20000000 fffffff0 00000011 00010000"),
  },
  {
    name: "receiver report of nothing",
    message: receiverReport(),
    bytes: hex("80c90001 00000009"),
  },
  {
    name: "receiver report",
    message: receiverReport(REPORT),
    bytes: hex("81c90007 00000009 01020304 40010203 0001ffff 00000063 b7052000 00054000"),
  },
  {
    name: "source description, ended by one zero",
    message: { type: "sourceDescription", ssrc: 9, cname: "a" },
    bytes: hex("81ca0002 00000009 0101 61 00"),
  },
  {
    name: "source description, ended by four",
    message: { type: "sourceDescription", ssrc: 9, cname: "ab" },
    bytes: hex("81ca0003 00000009 0102 6162 00000000"),
  },
  {
    name: "goodbye",
    message: { type: "goodbye", ssrcs: [1, 0xffff_ffff] },
    bytes: hex("82cb0002 00000001 ffffffff"),
  },
  {
    name: "goodbye with a reason",
    message: { type: "goodbye", ssrcs: [1], reason: "done" },
    bytes: hex("81cb0003 00000001 04 646f6e65 000000"),
  },
];

for (const { name, message, bytes } of VECTORS) {
  Deno.test(`${name}: written and read as the RFC lays it out`, () => {
    assert.deepEqual([...serializeRtcp([message])], [...bytes]);
    assert.deepEqual(parse(bytes), [message]);
  });

  Deno.test(`${name}: nothing cut short is taken for whole`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assertJunk(bytes.slice(0, length), `${length} of ${bytes.length} bytes`);
    }
  });
}

Deno.test("a compound datagram holds them one after another", () => {
  const messages = VECTORS.map(({ message }) => message);
  const bytes = serializeRtcp(messages);
  assert.deepEqual([...bytes], VECTORS.flatMap((vector) => [...vector.bytes]));
  assert.deepEqual(parse(bytes), messages);
});

Deno.test("a datagram may hold one message without a report (RFC 5506)", () => {
  assert.deepEqual(parse(hex("81cb0001 00000007")), [{ type: "goodbye", ssrcs: [7] }]);
});

Deno.test("kinds that are not used here are passed over: APP, feedback, reserved ones", () => {
  const goodbye = "81cb0001 00000007";
  for (
    const other of [
      "80cc0002 00000001 74657374",
      "82cd0003 00000001 00000002 00010000",
      "82ce0002 00000001 00000002",
      "80c00000",
      "80df0001 00000001",
    ]
  ) {
    assert.deepEqual(parse(hex(other + goodbye)).map(({ type }) => type), ["goodbye"], other);
  }
});

Deno.test("one kind of junk in a compound makes the whole of it junk", () => {
  assertJunk(hex("80c90001 00000009 81cb0005 00000001"), "a length beyond the end");
  assertJunk(hex("80c90001 00000009 01cb0001 00000001"), "version 0 in the second");
  assertJunk(hex("80c90001 00000009 00"), "a stray byte");
  assertJunk(hex("82c90007 00000009" + "00".repeat(24)), "fewer blocks than announced");
  assertJunk(hex("81ca0002 00000009 01ff6100"), "an item longer than its chunk");
  assertJunk(hex("81cb0002 00000001 ff646f6e"), "a reason longer than its packet");
  assertJunk(hex("a0c90002 00000009 000000ff"), "more padding than packet");
});

Deno.test("losses are signed 24 bits: duplicates may outnumber losses", () => {
  const wire: [number, string][] = [
    [0, "000000"],
    [1, "000001"],
    [-1, "ffffff"],
    [-2, "fffffe"],
    [4096, "001000"],
    [-4097, "ffefff"],
    [0x7f_ffff, "7fffff"],
    [-0x80_0000, "800000"],
  ];
  for (const [cumulativeLost, bytes] of wire) {
    const message = receiverReport({ ...REPORT, cumulativeLost });
    const written = serializeRtcp([message]);
    assert.deepEqual([...written.slice(13, 16)], [...hex(bytes)], `${cumulativeLost}`);
    assert.equal(written[12], REPORT.fractionLost);
    assert.deepEqual(parse(written), [message]);
  }
});

Deno.test("losses beyond 24 bits stand at their end (RFC 3550 appendix A.3)", () => {
  for (const [lost, told] of [[1e9, 0x7f_ffff], [-1e9, -0x80_0000]]) {
    const [message] = parse(serializeRtcp([receiverReport({ ...REPORT, cumulativeLost: lost! })]));
    assert.ok(message?.type === "receiverReport");
    assert.equal(message.reports[0]!.cumulativeLost, told);
  }
});

Deno.test("a report carries up to 31 blocks, and not one more", () => {
  const blocks = Array.from({ length: MAX_REPORT_BLOCKS }, (_, index) => ({
    ...REPORT,
    ssrc: index,
  }));
  assert.deepEqual(parse(serializeRtcp([receiverReport(...blocks)])), [receiverReport(...blocks)]);
  assert.throws(() => serializeRtcp([receiverReport(...blocks, REPORT)]), RangeError);
});

Deno.test("counts of a long stream wrap", () => {
  const message = { ...SENDER_REPORT, packetCount: 2 ** 32 + 5, octetCount: 3 * 2 ** 32 + 6 };
  const [read] = parse(serializeRtcp([message]));
  assert.deepEqual(read, { ...SENDER_REPORT, packetCount: 5, octetCount: 6 });
});

Deno.test("texts longer than a byte can count are cut between characters", () => {
  const [bye] = parse(serializeRtcp([{ type: "goodbye", ssrcs: [1], reason: "é".repeat(200) }]));
  assert.deepEqual(bye, { type: "goodbye", ssrcs: [1], reason: "é".repeat(127) });
  const cname = "x".repeat(300);
  const [description] = parse(serializeRtcp([{ type: "sourceDescription", ssrc: 1, cname }]));
  assert.deepEqual(description, { type: "sourceDescription", ssrc: 1, cname: "x".repeat(255) });
});

Deno.test("texts that are not UTF-8 are read as far as they are", () => {
  const [message] = parse(hex("81ca0002 00000009 0101 ff 00"));
  assert.deepEqual(message, { type: "sourceDescription", ssrc: 9, cname: "\ufffd" });
});

Deno.test("of a source's items only the CNAME is told, wherever it stands", () => {
  const bytes = hex("81ca0004 00000009 0202 6e6d 0103 61622e 00 0000");
  assert.equal(parse(bytes).length, 1);
  assert.deepEqual(parse(bytes), [{ type: "sourceDescription", ssrc: 9, cname: "ab." }]);
  assert.deepEqual(parse(hex("81ca0002 00000009 00000000")), []);
});

Deno.test("a datagram in a large buffer is not completed from what lies behind it", () => {
  const buffer = new Uint8Array(2048);
  for (const { bytes, name } of VECTORS) {
    buffer.set(bytes);
    const short = buffer.subarray(0, bytes.length - 4);
    assert.ok(!parseRtcp(short).ok, name);
  }
});

Deno.test("whatever the numbers, what is written is read", () => {
  const uint32 = fc.nat(0xffff_ffff);
  const text = fc.string({ unit: "grapheme", maxLength: 60 });
  const plain = { noNullPrototype: true } as const;
  const report = fc.record({
    ssrc: uint32,
    fractionLost: fc.nat(255),
    cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    highestSequence: uint32,
    jitter: uint32,
    lastSenderReport: uint32,
    delaySinceLastSenderReport: uint32,
  }, plain);
  const message: fc.Arbitrary<RtcpMessage> = fc.oneof(
    fc.record({
      type: fc.constant("senderReport" as const),
      ssrc: uint32,
      ntpTime: fc.record({ seconds: uint32, fraction: uint32 }, plain),
      rtpTimestamp: uint32,
      packetCount: uint32,
      octetCount: uint32,
    }, plain),
    fc.record({
      type: fc.constant("receiverReport" as const),
      ssrc: uint32,
      reports: fc.array(report, { maxLength: 6 }),
    }, plain),
    fc.record(
      { type: fc.constant("sourceDescription" as const), ssrc: uint32, cname: text },
      plain,
    ),
    fc.record({
      type: fc.constant("goodbye" as const),
      ssrcs: fc.array(uint32, { maxLength: 4 }),
      reason: fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
    }, { ...plain, requiredKeys: ["type", "ssrcs"] }),
  );
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), (messages) => {
      const bytes = serializeRtcp(messages);
      assert.equal(bytes.length % 4, 0);
      assert.deepEqual(
        parse(bytes).map((one) => ({ ...one })),
        messages.map((one) => ({ ...one })),
      );
    }),
    runs(300),
  );
});

Deno.test("no bytes make it throw or run on", () => {
  const real = serializeRtcp(VECTORS.map(({ message }) => message));
  const mutated = fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 8 })
    .map((changes) => {
      const bytes = real.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  const almost = fc.tuple(
    fc.integer({ min: 0x80, max: 0xbf }),
    fc.integer({ min: 192, max: 223 }),
    fc.uint8Array({ maxLength: 200 }),
  ).map(([first, second, rest]) => {
    const bytes = Uint8Array.of(first, second, 0, 0, ...rest.slice(0, rest.length & ~3));
    bytes[3] = bytes.length / 4 - 1;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), mutated, almost), (bytes) => {
      const result = parseRtcp(bytes);
      if (!result.ok) return assert.equal(result.junk, "malformedRtcp");
      assert.ok(result.value.length <= bytes.length / 4);
    }),
    runs(3000),
  );
});

Deno.test("messages that don't fit one datagram go into as few as they need, in order", () => {
  const sequences = Array.from({ length: 40 }, (_, index) => index * 20);
  const nack = (mediaSsrc: number) => ({ type: "nack", ssrc: 1, mediaSsrc, sequences } as const);
  const messages = Array.from({ length: 16 }, (_, index) => nack(index));
  const parts = serializeInParts(messages, 1179);
  const size = serializeRtcp([nack(0)]).length;
  assert.equal(parts.length, Math.ceil(16 / Math.floor(1179 / size)));
  assert.ok(parts.every(({ length }) => length <= 1179));
  const read = parts.flatMap((part) => {
    const parsed = parseRtcp(part);
    return parsed.ok ? parsed.value : [];
  });
  assert.deepEqual(
    read.map((message) => message.type === "nack" && message.mediaSsrc),
    messages.map(({ mediaSsrc }) => mediaSsrc),
  );
  assert.deepEqual(serializeInParts([], 1179), []);
  assert.equal(serializeInParts([nack(1)], 10).length, 1);
});

Deno.test("reports are read the same with padding, an extension or other blocks, which the library reads", () => {
  const [alone] = parse(
    hex("81c90007 00000009 01020304 40010203 0001ffff 00000063 b7052000 00054000"),
  );
  const padded = parse(
    hex("a1c90008 00000009 01020304 40010203 0001ffff 00000063 b7052000 00054000 00000004"),
  );
  assert.deepEqual(padded, [alone]);
  assertJunk(hex("80c90002 00000009 00000000"), "an extension of a profile");
  const time = "04000002 a1a2a3a4 b1b2b3b4";
  const [reference] = parse(hex(`80cf0004 00000009 ${time}`));
  assert.deepEqual(parse(hex(`a0cf0005 00000009 ${time} 00000004`)), [reference]);
  assert.deepEqual(parse(hex(`80cf0006 00000009 ${time} 63000001 00000000`)), [reference]);
  assert.deepEqual(parse(hex(`80cf0007 00000009 ${time} ${time}`)), [reference, reference]);
  assertJunk(hex("80cf0004 00000009 04000001 a1a2a3a4 b1b2b3b4"), "a block that is too short");
});

Deno.test("what is read of a datagram stays when its buffer is used again", () => {
  const challenge = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const bytes = serializeRtcp([{ type: "pathChallenge", ssrc: 9, challenge }]);
  const [message] = parse(bytes);
  bytes.fill(0);
  assert.deepEqual(message, { type: "pathChallenge", ssrc: 9, challenge });
});
