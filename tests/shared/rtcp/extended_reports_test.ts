import assert from "node:assert/strict";
import fc from "fast-check";
import { countOf } from "../../../shared/rtcp/extended_reports.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const referenceTime = fc.record({
  type: fc.constant("referenceTime" as const),
  ssrc: uint32,
  ntpTime: fc.record({ seconds: uint32, fraction: uint32 }),
});
const referenceTimeEcho = fc.record({
  type: fc.constant("referenceTimeEcho" as const),
  ssrc: uint32,
  reports: fc.array(fc.record({ ssrc: uint32, lastReferenceTime: uint32, delaySince: uint32 }), {
    maxLength: 20,
  }),
});

function roundTrip(messages: readonly RtcpMessage[]): RtcpMessage[] {
  const result = parseRtcp(serializeRtcp(messages));
  assert(result.ok);
  return result.value;
}

// fast-check's records have no prototype, which deepEqual sees: hence the clones.
Deno.test("a reference time and its echo survive the wire in any compound", () => {
  fc.assert(fc.property(
    fc.array(fc.oneof(referenceTime, referenceTimeEcho), { minLength: 1, maxLength: 4 }),
    (messages) => assert.deepEqual(roundTrip(messages), structuredClone(messages)),
  ));
});

Deno.test("a reference time is laid out as RFC 3611 section 4.4 draws it", () => {
  const bytes = serializeRtcp([
    {
      type: "referenceTime",
      ssrc: 0x01020304,
      ntpTime: { seconds: 0xa1a2a3a4, fraction: 0xb1b2b3b4 },
    },
  ]);
  assert.deepEqual([...bytes], [
    ...[0x80, 207, 0, 4, 1, 2, 3, 4],
    ...[4, 0, 0, 2, 0xa1, 0xa2, 0xa3, 0xa4, 0xb1, 0xb2, 0xb3, 0xb4],
  ]);
});

Deno.test("an echo is laid out as RFC 3611 section 4.5 draws it", () => {
  const bytes = serializeRtcp([{
    type: "referenceTimeEcho",
    ssrc: 0x01020304,
    reports: [{ ssrc: 0x11121314, lastReferenceTime: 0xc1c2c3c4, delaySince: 0x00010000 }],
  }]);
  assert.deepEqual([...bytes], [
    ...[0x80, 207, 0, 5, 1, 2, 3, 4],
    ...[5, 0, 0, 3, 0x11, 0x12, 0x13, 0x14, 0xc1, 0xc2, 0xc3, 0xc4, 0, 1, 0, 0],
  ]);
});

Deno.test("a block that claims more than the packet holds is junk, not an exception", () => {
  const bytes = serializeRtcp([
    { type: "referenceTime", ssrc: 1, ntpTime: { seconds: 2, fraction: 3 } },
  ]);
  bytes[11] = 200;
  assert.deepEqual(parseRtcp(bytes), { ok: false, junk: "malformedRtcp" });
});

Deno.test("other extended blocks are passed over, and what stands beside them is read", () => {
  const statistics = [0x80, 207, 0, 3, 0, 0, 0, 9, 99, 0, 0, 1, 0, 0, 0, 0];
  const echo = serializeRtcp([{ type: "referenceTimeEcho", ssrc: 7, reports: [] }]);
  const result = parseRtcp(Uint8Array.from([...statistics, ...echo]));
  assert(result.ok);
  assert.deepEqual(result.value, [{ type: "referenceTimeEcho", ssrc: 7, reports: [] }]);
});

Deno.test("what was lost after repair is laid out as RFC 7509 section 3.1 draws it, in the length of its erratum", () => {
  const loss = {
    type: "postRepairLoss" as const,
    ssrc: 0x01020304,
    mediaSsrc: 0x11121314,
    first: 0x1_fffe,
    last: 0x2_0005,
    lost: 3,
    repaired: 0x1_0000,
  };
  const bytes = serializeRtcp([loss]);
  assert.deepEqual([...bytes], [
    ...[0x80, 207, 0, 5, 1, 2, 3, 4],
    // BT, reserved, block length 3 (erratum 4525), SSRC of source,
    ...[33, 0, 0, 3, 0x11, 0x12, 0x13, 0x14],
    // begin_seq, end_seq: one more than the last (RFC 3611 section 4.1), both counts.
    ...[0xff, 0xfe, 0, 6, 0, 3, 0xff, 0xff],
  ]);
  const [read] = roundTrip([loss]);
  assert.deepEqual(read, { ...loss, first: 0xfffe, last: 5, repaired: 0xffff });
  assert(read?.type === "postRepairLoss");
  assert.equal(countOf(read), 8);
});

Deno.test("a block about lost packets that has another length, or is about none, is passed over", () => {
  const longer = [0x80, 207, 0, 6, 1, 2, 3, 4, 33, 0, 0, 4, ...new Array(16).fill(1)];
  const empty = [0x80, 207, 0, 5, 1, 2, 3, 4, 33, 0, 0, 3, 0, 0, 0, 9, 0, 7, 0, 7, 0, 0, 0, 0];
  for (const bytes of [longer, empty]) {
    assert.deepEqual(parseRtcp(Uint8Array.from(bytes)), { ok: true, value: [] });
  }
});

Deno.test("how many packets a loss is about is told across the wrap, up to all but one", () => {
  const loss = { type: "postRepairLoss" as const, ssrc: 1, mediaSsrc: 2, lost: 0, repaired: 0 };
  for (const [first, last, count] of [[7, 7, 1], [65_535, 65_536, 2], [70_000, 135_534, 65_535]]) {
    const [read] = roundTrip([{ ...loss, first: first!, last: last! }]);
    assert(read?.type === "postRepairLoss");
    assert.equal(countOf(read), count);
  }
});
