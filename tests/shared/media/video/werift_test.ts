import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { dePacketizeRtpPackets, RtpPacket } from "werift-rtp";
import { joinAnnexB } from "../../../../shared/media/video/h264.ts";
import { H264Packer } from "../../../../shared/media/video/rtp_h264.ts";
import { Vp8Packer } from "../../../../shared/media/video/rtp_vp8.ts";
import type { VideoPayload } from "../../../../shared/media/video/video_payload.ts";
import { serializeRtp } from "../../../../shared/rtp/rtp.ts";
import { runs } from "../../../runs.ts";
import { arbitraryAccessUnit, arbitraryVp8Frame } from "./frames.ts";
import { H264_CASES } from "./h264_cases.ts";

/** Whole packets with header extension, as werift reads them. */
function packetsFor(payloads: readonly VideoPayload[]): RtpPacket[] {
  return payloads.map((payload, sequenceNumber) => {
    const numbers = { payloadType: 99, sequenceNumber, timestamp: 5, ssrc: 6, frameNumber: 7 };
    return RtpPacket.deSerialize(Buffer.from(serializeRtp({ ...numbers, ...payload })));
  });
}

function assertReadByWerift(nalUnits: readonly Uint8Array[], sent: readonly Uint8Array[]): void {
  const packets = packetsFor(new H264Packer().pack(nalUnits));
  const { data } = dePacketizeRtpPackets("MPEG4/ISO/AVC", packets);
  assert.ok(Buffer.from(joinAnnexB(sent)).equals(data));
}

/** werift 0.8.9 throws on a payload of one byte. */
const isReadable = (payloads: readonly VideoPayload[]) =>
  payloads.every(({ payload }) => payload.length > 1);

const READABLE = H264_CASES.filter(({ nalUnits }) => isReadable(new H264Packer().pack(nalUnits)));
for (const { name, nalUnits, out = nalUnits } of READABLE) {
  Deno.test(`werift reads what we pack: H.264, ${name}`, () => assertReadByWerift(nalUnits, out));
}

Deno.test("werift reads any access unit that we pack", () => {
  const withoutKeys = arbitraryAccessUnit
    .map((units) => units.filter((unit) => ![5, 7, 8, 9, 12].includes(unit[0]! & 0x1f)))
    .filter((units) => isReadable(new H264Packer().pack(units)));
  fc.assert(fc.property(withoutKeys, (units) => assertReadByWerift(units, units)), runs(30));
});

Deno.test("werift reads any VP8 frame that we pack", () => {
  fc.assert(
    fc.property(arbitraryVp8Frame, (frame) => {
      const { data, isKeyframe } = dePacketizeRtpPackets(
        "VP8",
        packetsFor(new Vp8Packer().pack(frame)),
      );
      assert.ok(Buffer.from(frame).equals(data));
      assert.equal(isKeyframe, (frame[0]! & 1) === 0);
    }),
    runs(30),
  );
});

Deno.test("werift finds the frame's number in the header", () => {
  const [packet] = packetsFor([{ payload: Uint8Array.of(9), marker: true }]);
  const { extensions, marker, sequenceNumber } = packet!.header;
  assert.deepEqual(extensions.map(({ id, payload }) => [id, [...payload]]), [[1, [0, 0, 0, 7]]]);
  assert.deepEqual([marker, sequenceNumber, [...packet!.payload]], [true, 0, [9]]);
});
