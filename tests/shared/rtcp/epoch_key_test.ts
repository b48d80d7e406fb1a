import assert from "node:assert/strict";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

const KEY = Uint8Array.from({ length: 28 }, (_, index) => index);
const MESSAGES: readonly RtcpMessage[] = [
  { type: "epochKey", ssrc: 0xffff_ffff, epoch: 0xffff_ffff, key: KEY },
  { type: "epochReceived", ssrc: 7, epoch: 1 },
];

Deno.test("keys and their receipts come back as written, alone and among others", () => {
  const report: RtcpMessage = { type: "receiverReport", ssrc: 7, reports: [] };
  for (const messages of [...MESSAGES.map((message) => [message]), [report, ...MESSAGES]]) {
    assert.deepEqual(parseRtcp(serializeRtcp(messages)), { ok: true, value: messages });
  }
});

Deno.test("they are RTCP APP packets named SKEY and SACK", () => {
  assert.deepEqual([...serializeRtcp([MESSAGES[1]!])], [
    ...[0x80, 204, 0, 3, 0, 0, 0, 7],
    ...new TextEncoder().encode("SACK"),
    ...[0, 0, 0, 1],
  ]);
  const key = serializeRtcp([MESSAGES[0]!]);
  assert.equal(new TextDecoder().decode(key.subarray(8, 12)), "SKEY");
  assert.deepEqual(key.subarray(16), KEY);
});

Deno.test("APP packets of other names and sizes are passed over", () => {
  const received = serializeRtcp([MESSAGES[1]!]);
  const named = received.slice();
  named[8] = 0x54;
  const bare = Uint8Array.of(0x80, 204, 0, 2, 0, 0, 0, 7, ...new TextEncoder().encode("SACK"));
  const short = serializeRtcp([{ type: "epochKey", ssrc: 1, epoch: 1, key: KEY.subarray(4) }]);
  for (const packet of [named, bare, short]) {
    assert.deepEqual(parseRtcp(packet), { ok: true, value: [] });
  }
});
