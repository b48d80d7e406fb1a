import assert from "node:assert/strict";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

const DISMISSAL = {
  type: "putOut",
  ssrc: 0xffff_fffe,
  listenerSsrc: 0x8000_0001,
  code: 1403,
  reason: "the token was revoked",
} as const;

Deno.test("a putOut comes back as written, alone and among others, whatever its reason's length", () => {
  const report: RtcpMessage = { type: "receiverReport", ssrc: 7, reports: [] };
  for (const reason of ["", "x", "xy", "xyz", "não", DISMISSAL.reason]) {
    const said: RtcpMessage = { ...DISMISSAL, reason };
    assert.deepEqual(parseRtcp(serializeRtcp([said])), { ok: true, value: [said] });
    const messages: RtcpMessage[] = [report, said, report];
    assert.deepEqual(parseRtcp(serializeRtcp(messages)), { ok: true, value: messages });
  }
});

Deno.test("it is an RTCP APP packet named DENY", () => {
  assert.deepEqual([...serializeRtcp([{ ...DISMISSAL, reason: "off" }])], [
    ...[0x80, 204, 0, 5, 0xff, 0xff, 0xff, 0xfe],
    ...new TextEncoder().encode("DENY"),
    ...[0x80, 0, 0, 1, 1403 >> 8, 1403 & 0xff, 0, 3],
    ...new TextEncoder().encode("off\0"),
  ]);
});

Deno.test("a reason too long is cut between characters", () => {
  const read = parseRtcp(serializeRtcp([{ ...DISMISSAL, reason: "ã".repeat(300) }]));
  assert(read.ok && read.value[0]?.type === "putOut");
  assert.equal(read.value[0].reason, "ã".repeat(100));
});

Deno.test("one whose reason goes beyond the packet, or that is cut short, is passed over", () => {
  const whole = serializeRtcp([DISMISSAL]);
  const boastful = whole.slice();
  boastful[19] = 199;
  const short = Uint8Array.of(0x80, 204, 0, 2, 0, 0, 0, 7, ...new TextEncoder().encode("DENY"));
  for (const packet of [boastful, short]) {
    assert.deepEqual(parseRtcp(packet), { ok: true, value: [] });
  }
});
