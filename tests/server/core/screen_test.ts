import assert from "node:assert/strict";
import type { EncodedPicture } from "../../../server/origin/screen/picture.ts";
import { SequenceUnwrapper } from "../../../shared/core/seq.ts";
import { canonicalH264 } from "../../../shared/media/video/h264.ts";
import { H264Unpacker, type ReceivedH264 } from "../../../shared/media/video/rtp_h264.ts";
import { parseRtp, type RtpPacket } from "../../../shared/rtp/rtp.ts";
import { Stage, type StageOptions } from "../kit.ts";
import { keySlice, PPS, slice, SPS } from "../../shared/media/video/frames.ts";

const FRAME_TICKS = 3000;
const SCREEN = { codec: "h264", parameterSets: [SPS, PPS] } as const;
const PLAYER = { hostname: "10.0.0.77", port: 7000 };

/** A picture of 30 a second: a key frame of `keyBytes` each second. */
function picture(index: number, keyBytes = 20_000): EncodedPicture {
  const isKey = index % 30 === 0;
  const nalUnits = [isKey ? keySlice(keyBytes, index) : slice(900 + index % 700, index)];
  return { nalUnits, ticks: 1000 + index * FRAME_TICKS, isKey, gapBefore: false };
}

function screenStage(changes: StageOptions = {}): Stage {
  const plainScreenReceivers = [PLAYER];
  return new Stage({ screen: SCREEN, hasEvents: false, plainScreenReceivers, ...changes });
}

function push(stage: Stage, pictures: readonly EncodedPicture[]): Stage {
  for (const next of pictures) stage.tell((core) => core.pushPicture(next, stage.now));
  return stage;
}

function pictures(count: number, first = 0): EncodedPicture[] {
  return Array.from({ length: count }, (_, index) => picture(first + index));
}

function packetsIn(datagrams: readonly Uint8Array[]): RtpPacket[] {
  return datagrams.map((datagram) => {
    const packet = parseRtp(datagram);
    assert(packet.ok);
    return packet.value;
  });
}

/** What a listener makes of packets that all arrived. */
function unpack(packets: readonly RtpPacket[]): ReceivedH264[] {
  const unpacker = new H264Unpacker();
  const unwrapper = new SequenceUnwrapper(packets[0]!.sequenceNumber);
  return packets.flatMap(({ sequenceNumber, frameNumber, timestamp, marker, payload }) => {
    const sequence = unwrapper.unwrap(sequenceNumber);
    const ticks = timestamp;
    const { frame, lost, junk } = unpacker.push(
      { sequence, frameNumber: frameNumber!, ticks, marker, payload },
    );
    assert.deepEqual([lost, junk], [0, undefined]);
    return frame ? [frame] : [];
  });
}

Deno.test("every picture reaches a plain player whole, in order and with its number and time", () => {
  const stage = screenStage({ sequenceStart: 65_500 });
  const all = pictures(60);
  push(stage, all).tell((core) => core.endScreen(stage.now)).run(3000);
  const frames = unpack(packetsIn(stage.take(PLAYER)));
  assert.deepEqual(frames.map(({ frameNumber }) => frameNumber), all.map((_, index) => index));
  for (const [index, frame] of frames.entries()) {
    const { nalUnits } = all[index] as Extract<EncodedPicture, { nalUnits: unknown }>;
    assert.deepEqual(canonicalH264(frame.nalUnits), canonicalH264(nalUnits));
    assert.equal(
      ((frame.ticks as number) - (frames[0]!.ticks as number)) >>> 0,
      index * FRAME_TICKS,
    );
  }
  assert.equal(stage.said("ended")[0]?.reason, "end of broadcast");
});
