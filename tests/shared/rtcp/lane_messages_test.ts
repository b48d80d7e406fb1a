import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_DATAGRAM_BYTES } from "../../../shared/core/units.ts";
import {
  FRAGMENT_BYTES,
  type LaneAck,
  type LaneData,
  laneMessageBytes,
} from "../../../shared/rtcp/lane_messages.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { SRTCP_OVERHEAD_BYTES } from "../../../shared/secrecy/srtcp.ts";
import { runs } from "../../runs.ts";

const DATA: LaneData = {
  type: "laneData",
  ssrc: 0xfeed_beef,
  listenerSsrc: 0x0102_0304,
  fragment: 0xffff_fffe,
  isFirst: true,
  isLast: false,
  bytes: Uint8Array.of(7, 8, 9, 10, 11),
};
const ACK: LaneAck = {
  type: "laneAck",
  ssrc: 5,
  listenerSsrc: 0xffff_ffff,
  next: 0x8000_0001,
  mask: 0xa5,
};
const text = (name: string) => [...new TextEncoder().encode(name)];
const read = (bytes: Uint8Array) => parseRtcp(bytes);

Deno.test("fragments and acknowledgements stand on the wire as the README says", () => {
  assert.deepEqual([...serializeRtcp([DATA])], [
    ...[0x80, 204, 0, 7, 0xfe, 0xed, 0xbe, 0xef, ...text("LDAT")],
    ...[1, 2, 3, 4, 0xff, 0xff, 0xff, 0xfe, 1, 0, 0, 5, 7, 8, 9, 10, 11, 0, 0, 0],
  ]);
  assert.deepEqual([...serializeRtcp([ACK])], [
    ...[0x80, 204, 0, 5, 0, 0, 0, 5, ...text("LACK")],
    ...[0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 1, 0xa5, 0, 0, 0],
  ]);
});

Deno.test("fragments of every length are read as written, alone and among others", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 999, 1000]) {
    const bytes = new Uint8Array(length).fill(length);
    const data: LaneData = { ...DATA, isFirst: false, isLast: true, bytes };
    assert.deepEqual(read(serializeRtcp([data])), { ok: true, value: [data] });
  }
  const report: RtcpMessage = { type: "receiverReport", ssrc: 7, reports: [] };
  const messages = [report, ACK, DATA, { ...DATA, isFirst: false }, report];
  assert.deepEqual(read(serializeRtcp(messages)), { ok: true, value: messages });
});

Deno.test("an acknowledgement that asks to repeat has a flag, and unknown flags are passed over", () => {
  const asking: LaneAck = { ...ACK, isRequest: true };
  const bytes = serializeRtcp([asking]);
  assert.deepEqual([...bytes.subarray(-4)], [0xa5, 1, 0, 0]);
  assert.deepEqual(read(bytes), { ok: true, value: [asking] });
  bytes[bytes.length - 3] = 0xfe;
  assert.deepEqual(read(bytes), { ok: true, value: [ACK] });
});

Deno.test("extended numbers are wrapped when they are written", () => {
  const data = read(serializeRtcp([{ ...DATA, fragment: 2 ** 32 + 5 }]));
  assert.deepEqual(data, { ok: true, value: [{ ...DATA, fragment: 5 }] });
  const ack = read(serializeRtcp([{ ...ACK, next: 3 * 2 ** 32 + 6 }]));
  assert.deepEqual(ack, { ok: true, value: [{ ...ACK, next: 6 }] });
});

Deno.test("fragments and acknowledgements of another size are skipped", () => {
  const nothing = { ok: true, value: [] };
  const bare = (name: string) => Uint8Array.of(0x80, 204, 0, 2, 0, 0, 0, 7, ...text(name));
  const long = { ...DATA, bytes: new Uint8Array(FRAGMENT_BYTES + 1) };
  const boastful = serializeRtcp([DATA]);
  boastful[23] = 9;
  const modest = serializeRtcp([DATA]);
  modest[23] = 4;
  const misnamed = serializeRtcp([DATA]);
  misnamed.set(text("LACK"), 8);
  const packets = [bare("LDAT"), bare("LACK"), serializeRtcp([long]), boastful, modest, misnamed];
  for (const packet of packets) assert.deepEqual(read(packet), nothing);
});

Deno.test("what is read is a copy, for the buffer is used again", () => {
  const bytes = serializeRtcp([DATA]);
  const result = read(bytes);
  bytes.fill(0);
  assert.deepEqual(result, { ok: true, value: [DATA] });
});

Deno.test("the longest fragment, an acknowledgement and a report fit a sealed datagram", () => {
  const longest: LaneData = { ...DATA, bytes: new Uint8Array(FRAGMENT_BYTES) };
  const report: RtcpMessage = { type: "receiverReport", ssrc: 7, reports: [] };
  const { length } = serializeRtcp([report, ACK, longest]);
  assert.ok(length + SRTCP_OVERHEAD_BYTES <= MAX_DATAGRAM_BYTES);
});

Deno.test("the length of a message is known before it is written", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
      const data = { ...DATA, bytes };
      assert.equal(laneMessageBytes(data), serializeRtcp([data]).length);
    }),
    runs(100),
  );
  assert.equal(laneMessageBytes(ACK), serializeRtcp([ACK]).length);
});

Deno.test("no bytes make the parser throw, and what it reads can be written", () => {
  const reals = [DATA, ACK, { ...DATA, bytes: new Uint8Array(100) }].map((one) =>
    serializeRtcp([one])
  );
  const changed = fc.tuple(
    fc.constantFrom(...reals),
    fc.array(fc.tuple(fc.integer({ min: 8, max: 130 }), fc.nat(255)), { maxLength: 4 }),
  ).map(([real, changes]) => {
    const bytes = real.slice();
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  fc.assert(
    fc.property(changed, (bytes) => {
      const result = read(bytes);
      assert.ok(result.ok, "its packets are whole");
      if (result.value.length === 0) return;
      assert.deepEqual(read(serializeRtcp(result.value)), result);
    }),
    runs(1000),
  );
});
