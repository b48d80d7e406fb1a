import assert from "node:assert/strict";
import fc from "fast-check";
import type { PacketReceipt } from "../../../shared/rtcp/packet_receipt.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

const RECEIPT: PacketReceipt = {
  type: "packetReceipt",
  ssrc: 0x01020304,
  mediaSsrc: 0xfeedbeef,
  sequence: 0xa1a2,
  delaySince: 0xb1b2b3b4,
};
const NAME = [...new TextEncoder().encode("CAME")];

Deno.test("a receipt stands on the wire as the README says", () => {
  assert.deepEqual([...serializeRtcp([RECEIPT])], [
    ...[0x80, 204, 0, 5, 1, 2, 3, 4, ...NAME],
    ...[0xfe, 0xed, 0xbe, 0xef, 0xa1, 0xa2, 0, 0, 0xb1, 0xb2, 0xb3, 0xb4],
  ]);
});

Deno.test("what is written is read, numbers wrapped, next to the request it goes with", () => {
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

Deno.test("one of another size is passed over", () => {
  for (const words of [0, 2, 4]) {
    const data = new Uint8Array(4 * words);
    const packet = Uint8Array.of(0x80, 204, 0, 2 + words, 0, 0, 0, 1, ...NAME, ...data);
    assert.deepEqual(parseRtcp(packet), { ok: true, value: [] });
  }
});
