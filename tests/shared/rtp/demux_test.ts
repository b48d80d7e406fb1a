import assert from "node:assert/strict";
import { demux } from "../../../shared/rtp/demux.ts";

/** RFC 7983 section 7 and RFC 5761 section 4, written out once more. */
function expected(first: number, second: number): string {
  if (first >= 64 && first <= 79) return "admission";
  if (first >> 6 !== 2) return "unknownFirstByte";
  return second >= 192 && second <= 223 ? "rtcp" : "rtp";
}

function told(datagram: Uint8Array): string {
  const result = demux(datagram);
  return result.ok ? result.value : result.junk;
}

Deno.test("tells every pair of first two bytes apart", () => {
  const datagram = new Uint8Array(20);
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      datagram[0] = first;
      datagram[1] = second;
      assert.equal(told(datagram), expected(first, second), `${first} ${second}`);
    }
  }
});

Deno.test("payload types that we send are RTP, with the marker bit too; reports are RTCP", () => {
  for (const payloadType of [14, 97, 98, 99, 100, 110, 127]) {
    for (const marker of [0, 128]) {
      // RFC 5761: 64-95 with the marker bit look like RTCP, so none of ours is among them.
      assert.equal(told(Uint8Array.of(0x80, payloadType | marker)), "rtp", `${payloadType}`);
    }
  }
  for (const type of [200, 201, 202, 203, 204, 205, 206, 207]) {
    assert.equal(told(Uint8Array.of(0x80, type)), "rtcp");
  }
});

Deno.test("nothing at all, one byte, and one byte too many", () => {
  assert.equal(told(new Uint8Array(0)), "empty");
  assert.equal(told(Uint8Array.of(0x80)), "rtp");
  assert.equal(told(Uint8Array.of(64)), "admission");
  assert.equal(told(new Uint8Array(1200).fill(64)), "admission");
  assert.equal(told(new Uint8Array(1201).fill(64)), "oversized");
  assert.equal(told(new Uint8Array(65_535).fill(0x80)), "oversized");
});
