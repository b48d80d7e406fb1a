import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_PAYLOAD_BYTES } from "../../../shared/media/rtp_payload.ts";
import { MAX_DATAGRAM_BYTES } from "../../../shared/core/units.ts";
import { FRAME_NUMBER_BYTES } from "../../../shared/rtp/frame_number.ts";
import { parseRtp, type RtpPacket, serializeRtp } from "../../../shared/rtp/rtp.ts";
import { packRtx, unpackRtx } from "../../../shared/rtp/rtx.ts";
import { runs } from "../../runs.ts";

const MEDIA = { ssrc: 0x1111_1111, payloadType: 14 };
const RTX = { ssrc: 0x2222_2222, payloadType: 110 };

function parse(datagram: Uint8Array): RtpPacket {
  const packet = parseRtp(datagram);
  assert.ok(packet.ok);
  return packet.value;
}

Deno.test("a retransmission is laid out as RFC 4588 draws it: its own header, OSN, payload", () => {
  const original = serializeRtp({
    ...MEDIA,
    sequenceNumber: 0xfffe,
    timestamp: 0x0102_0304,
    marker: false,
    payload: Uint8Array.of(0xaa, 0xbb),
  });
  assert.deepEqual([...packRtx(original, RTX, 7)], [
    ...[0x80, 110, 0, 7, 1, 2, 3, 4, 0x22, 0x22, 0x22, 0x22],
    ...[0xff, 0xfe, 0xaa, 0xbb],
  ]);
});

Deno.test("a retransmission has the header extension of its original, as RFC 4588 section 4 says", () => {
  const packet = {
    ...MEDIA,
    sequenceNumber: 1,
    timestamp: 2,
    marker: true,
    frameNumber: 0xffff_ffff,
  };
  const original = serializeRtp({ ...packet, payload: Uint8Array.of(0xaa) });
  const retransmission = packRtx(original, RTX, 7);
  assert.deepEqual([...retransmission.subarray(12)], [
    ...[0xbe, 0xde, 0, 2, 0x13, 0xff, 0xff, 0xff, 0xff, 0, 0, 0],
    ...[0, 1, 0xaa],
  ]);
  const unpacked = unpackRtx(parse(retransmission), MEDIA);
  assert.ok(unpacked.ok);
  assert.deepEqual(serializeRtp(unpacked.value), original);
});

Deno.test("what comes out is what went in, but for nothing", () => {
  const packet = fc.record({
    sequenceNumber: fc.nat(65_535),
    timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
    marker: fc.boolean(),
    frameNumber: fc.nat(0xffff_ffff),
    payload: fc.uint8Array({ maxLength: MAX_PAYLOAD_BYTES }),
  }, { requiredKeys: ["sequenceNumber", "timestamp", "marker", "payload"] }).map((fields) => {
    const extensionBytes = fields.frameNumber === undefined ? 0 : FRAME_NUMBER_BYTES;
    const payload = fields.payload.subarray(0, MAX_PAYLOAD_BYTES - extensionBytes);
    return { ...fields, ...MEDIA, payload };
  });
  fc.assert(
    fc.property(packet, fc.nat(65_535), (original, number) => {
      const datagram = packRtx(serializeRtp(original), RTX, number);
      assert.ok(datagram.length <= MAX_DATAGRAM_BYTES);
      const retransmission = parse(datagram);
      assert.deepEqual(
        [retransmission.ssrc, retransmission.payloadType, retransmission.sequenceNumber],
        [RTX.ssrc, RTX.payloadType, number],
      );
      const unpacked = unpackRtx(retransmission, MEDIA);
      assert.ok(unpacked.ok);
      assert.deepEqual({ ...unpacked.value, payload: [...unpacked.value.payload] }, {
        ...original,
        payload: [...original.payload],
      });
    }),
    runs(200),
  );
});

Deno.test("one too short for an original number is junk", () => {
  for (const payload of [new Uint8Array(0), Uint8Array.of(1)]) {
    const packet = { ...RTX, sequenceNumber: 1, timestamp: 2, marker: false, payload };
    assert.deepEqual(unpackRtx(packet, MEDIA), { ok: false, junk: "malformedRtp" });
  }
});
