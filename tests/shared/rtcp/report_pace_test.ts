import assert from "node:assert/strict";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

const PACE: RtcpMessage = { type: "reportPace", ssrc: 0xfeedbeef, keepaliveMillis: 7000 };

Deno.test("a pace of reports stands on the wire as the README says, and is read back", () => {
  const name = new TextEncoder().encode("PACE");
  const bytes = serializeRtcp([PACE]);
  assert.deepEqual([...bytes], [
    ...[0x80, 204, 0, 3, 0xfe, 0xed, 0xbe, 0xef, ...name, 0, 0, 0x1b, 0x58],
  ]);
  assert.deepEqual(parseRtcp(bytes), { ok: true, value: [PACE] });
});

Deno.test("a pace that would flood the host or let a listener be forgotten is passed over", () => {
  for (const keepaliveMillis of [0, 99, 60_001, 0xffff_ffff]) {
    const bytes = serializeRtcp([{ ...PACE, keepaliveMillis }]);
    assert.deepEqual(parseRtcp(bytes), { ok: true, value: [] }, `${keepaliveMillis}`);
  }
  const long = Uint8Array.of(...serializeRtcp([PACE]), 0, 0, 0, 0);
  long[3] = 4;
  assert.deepEqual(parseRtcp(long), { ok: true, value: [] });
});
