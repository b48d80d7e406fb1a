import assert from "node:assert/strict";
import fc from "fast-check";
import type { PacketReceipt } from "../../../shared/rtcp/app_messages.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

const KEY = Uint8Array.from({ length: 28 }, (_, index) => index);
const EPOCH_MESSAGES: readonly RtcpMessage[] = [
  { type: "epochKey", ssrc: 0xffff_ffff, epoch: 0xffff_ffff, key: KEY },
  { type: "epochReceived", ssrc: 7, epoch: 1 },
];

Deno.test("keys and their receipts are read as written, alone and among others", () => {
  const report: RtcpMessage = { type: "receiverReport", ssrc: 7, reports: [] };
  for (
    const messages of [...EPOCH_MESSAGES.map((message) => [message]), [report, ...EPOCH_MESSAGES]]
  ) {
    assert.deepEqual(parseRtcp(serializeRtcp(messages)), { ok: true, value: messages });
  }
});

Deno.test("epoch messages are RTCP APP packets named SKEY and SACK", () => {
  assert.deepEqual([...serializeRtcp([EPOCH_MESSAGES[1]!])], [
    ...[0x80, 204, 0, 3, 0, 0, 0, 7],
    ...new TextEncoder().encode("SACK"),
    ...[0, 0, 0, 1],
  ]);
  const key = serializeRtcp([EPOCH_MESSAGES[0]!]);
  assert.equal(new TextDecoder().decode(key.subarray(8, 12)), "SKEY");
  assert.deepEqual(key.subarray(16), KEY);
});

Deno.test("epoch messages of another name or size are skipped", () => {
  const received = serializeRtcp([EPOCH_MESSAGES[1]!]);
  const named = received.slice();
  named[8] = 0x54;
  const bare = Uint8Array.of(0x80, 204, 0, 2, 0, 0, 0, 7, ...new TextEncoder().encode("SACK"));
  const short = serializeRtcp([{ type: "epochKey", ssrc: 1, epoch: 1, key: KEY.subarray(4) }]);
  for (const packet of [named, bare, short]) {
    assert.deepEqual(parseRtcp(packet), { ok: true, value: [] });
  }
});

const PUT_OUT = {
  type: "putOut",
  ssrc: 0xffff_fffe,
  listenerSsrc: 0x8000_0001,
  code: 1403,
  reason: "the token was revoked",
} as const;

Deno.test("a putOut is read as written, alone and among others, whatever its reason's length", () => {
  const report: RtcpMessage = { type: "receiverReport", ssrc: 7, reports: [] };
  for (const reason of ["", "x", "xy", "xyz", "não", PUT_OUT.reason]) {
    const said: RtcpMessage = { ...PUT_OUT, reason };
    assert.deepEqual(parseRtcp(serializeRtcp([said])), { ok: true, value: [said] });
    const messages: RtcpMessage[] = [report, said, report];
    assert.deepEqual(parseRtcp(serializeRtcp(messages)), { ok: true, value: messages });
  }
});

Deno.test("a putOut is an RTCP APP packet named DENY", () => {
  assert.deepEqual([...serializeRtcp([{ ...PUT_OUT, reason: "off" }])], [
    ...[0x80, 204, 0, 5, 0xff, 0xff, 0xff, 0xfe],
    ...new TextEncoder().encode("DENY"),
    ...[0x80, 0, 0, 1, 1403 >> 8, 1403 & 0xff, 0, 3],
    ...new TextEncoder().encode("off\0"),
  ]);
});

Deno.test("a reason too long is cut between characters", () => {
  const read = parseRtcp(serializeRtcp([{ ...PUT_OUT, reason: "ã".repeat(300) }]));
  assert(read.ok && read.value[0]?.type === "putOut");
  assert.equal(read.value[0].reason, "ã".repeat(100));
});

Deno.test("a putOut whose reason goes beyond the packet, or that is cut short, is skipped", () => {
  const whole = serializeRtcp([PUT_OUT]);
  const boastful = whole.slice();
  boastful[19] = 199;
  const short = Uint8Array.of(0x80, 204, 0, 2, 0, 0, 0, 7, ...new TextEncoder().encode("DENY"));
  for (const packet of [boastful, short]) {
    assert.deepEqual(parseRtcp(packet), { ok: true, value: [] });
  }
});

const CHALLENGE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255);
const ASKED: RtcpMessage = { type: "pathChallenge", ssrc: 0xfeedbeef, challenge: CHALLENGE };
const ANSWER: RtcpMessage = {
  type: "pathResponse",
  ssrc: 0x01020304,
  challenge: CHALLENGE,
  connectionId: 0xfedcba9876543210n,
};

Deno.test("a challenge and its answer stand on the wire as the README says", () => {
  const text = (name: string) => [...new TextEncoder().encode(name)];
  assert.deepEqual([...serializeRtcp([ASKED])], [
    ...[0x80, 204, 0, 4, 0xfe, 0xed, 0xbe, 0xef, ...text("PCHL"), ...CHALLENGE],
  ]);
  assert.deepEqual([...serializeRtcp([ANSWER])], [
    ...[0x80, 204, 0, 6, 1, 2, 3, 4, ...text("PRSP"), ...CHALLENGE],
    ...[0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10],
  ]);
});

Deno.test("both path messages are read as written, alone and in a compound", () => {
  const report = { type: "receiverReport", ssrc: 5, reports: [] } as const;
  for (const messages of [[ASKED], [ANSWER], [report, ANSWER, ASKED]]) {
    assert.deepEqual(parseRtcp(serializeRtcp(messages)), { ok: true, value: messages });
  }
});

Deno.test("path messages of another name or size are skipped", () => {
  const other = serializeRtcp([ASKED]);
  other.set(new TextEncoder().encode("ABCD"), 8);
  assert.deepEqual(parseRtcp(other), { ok: true, value: [] });
  const misnamed = serializeRtcp([ASKED]);
  misnamed.set(new TextEncoder().encode("PRSP"), 8);
  assert.deepEqual(parseRtcp(misnamed), { ok: true, value: [] });
  const empty = Uint8Array.of(0x80, 204, 0, 2, 0, 0, 0, 1, ...new TextEncoder().encode("PCHL"));
  assert.deepEqual(parseRtcp(empty), { ok: true, value: [] });
});

const RECEIPT: PacketReceipt = {
  type: "packetReceipt",
  ssrc: 0x01020304,
  mediaSsrc: 0xfeedbeef,
  sequence: 0xa1a2,
  delaySince: 0xb1b2b3b4,
};
const RECEIPT_NAME = [...new TextEncoder().encode("CAME")];

Deno.test("a receipt stands on the wire as the README says", () => {
  assert.deepEqual([...serializeRtcp([RECEIPT])], [
    ...[0x80, 204, 0, 5, 1, 2, 3, 4, ...RECEIPT_NAME],
    ...[0xfe, 0xed, 0xbe, 0xef, 0xa1, 0xa2, 0, 0, 0xb1, 0xb2, 0xb3, 0xb4],
  ]);
});

Deno.test("a receipt is read as written, numbers wrapped, next to the request it goes with", () => {
  const uint32 = fc.nat(0xffff_ffff);
  const numbers = fc.tuple(uint32, uint32, fc.nat(10_000_000), fc.nat(2 ** 40));
  fc.assert(fc.property(numbers, ([ssrc, mediaSsrc, sequence, delaySince]) => {
    const nack: RtcpMessage = { type: "nack", ssrc, mediaSsrc, sequences: [5] };
    const written: RtcpMessage = { type: "packetReceipt", ssrc, mediaSsrc, sequence, delaySince };
    const read = { ...written, sequence: sequence % 0x1_0000 };
    const expected = { ...read, delaySince: Math.min(delaySince, 0xffff_ffff) };
    const parsed = parseRtcp(serializeRtcp([written, nack]));
    assert.deepEqual(parsed, { ok: true, value: [expected, nack] });
  }));
});

Deno.test("a receipt of another size is skipped", () => {
  for (const words of [0, 2, 4]) {
    const data = new Uint8Array(4 * words);
    const packet = Uint8Array.of(0x80, 204, 0, 2 + words, 0, 0, 0, 1, ...RECEIPT_NAME, ...data);
    assert.deepEqual(parseRtcp(packet), { ok: true, value: [] });
  }
});

const PACE: RtcpMessage = { type: "reportPace", ssrc: 0xfeedbeef, keepaliveMillis: 7000 };

Deno.test("a pace of reports stands on the wire as the README says, and is read back", () => {
  const name = new TextEncoder().encode("PACE");
  const bytes = serializeRtcp([PACE]);
  assert.deepEqual([...bytes], [
    ...[0x80, 204, 0, 3, 0xfe, 0xed, 0xbe, 0xef, ...name, 0, 0, 0x1b, 0x58],
  ]);
  assert.deepEqual(parseRtcp(bytes), { ok: true, value: [PACE] });
});

Deno.test("a pace that would flood the host or let the host forget a listener is skipped", () => {
  for (const keepaliveMillis of [0, 99, 60_001, 0xffff_ffff]) {
    const bytes = serializeRtcp([{ ...PACE, keepaliveMillis }]);
    assert.deepEqual(parseRtcp(bytes), { ok: true, value: [] }, `${keepaliveMillis}`);
  }
  const long = Uint8Array.of(...serializeRtcp([PACE]), 0, 0, 0, 0);
  long[3] = 4;
  assert.deepEqual(parseRtcp(long), { ok: true, value: [] });
});
