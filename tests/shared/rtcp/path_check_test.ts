import assert from "node:assert/strict";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

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

Deno.test("both are read back, alone and in a compound", () => {
  const report = { type: "receiverReport", ssrc: 5, reports: [] } as const;
  for (const messages of [[ASKED], [ANSWER], [report, ANSWER, ASKED]]) {
    assert.deepEqual(parseRtcp(serializeRtcp(messages)), { ok: true, value: messages });
  }
});

Deno.test("other names and sizes of APP packets are passed over", () => {
  const other = serializeRtcp([ASKED]);
  other.set(new TextEncoder().encode("ABCD"), 8);
  assert.deepEqual(parseRtcp(other), { ok: true, value: [] });
  const misnamed = serializeRtcp([ASKED]);
  misnamed.set(new TextEncoder().encode("PRSP"), 8);
  assert.deepEqual(parseRtcp(misnamed), { ok: true, value: [] });
  const empty = Uint8Array.of(0x80, 204, 0, 2, 0, 0, 0, 1, ...new TextEncoder().encode("PCHL"));
  assert.deepEqual(parseRtcp(empty), { ok: true, value: [] });
});
