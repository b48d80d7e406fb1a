import assert from "node:assert/strict";
import type { H264Picture } from "../../server/origin/screen/picture.ts";
import { SequenceUnwrapper } from "../../shared/core/seq.ts";
import { H264Unpacker, type ReceivedH264 } from "../../shared/media/video/rtp_h264.ts";
import { parseRtp, type RtpPacket } from "../../shared/rtp/rtp.ts";
import { keySlice, PPS, slice, SPS } from "../shared/media/video/frames.ts";
import type { Stage } from "./kit.ts";

export const FRAME_TICKS = 3000;
export const SCREEN = { codec: "h264", parameterSets: [SPS, PPS] } as const;

export interface ScreenShape {
  /** Of a key frame. */
  readonly keyBytes?: number;
  /** Frames from one key frame to the next. */
  readonly keyInterval?: number;
  /** Of the other frames, about. */
  readonly bytes?: number;
}

/** A picture of a screen of 30 a second, different from every other. */
export function picture(index: number, shape: ScreenShape = {}): H264Picture {
  const { keyBytes = 20_000, keyInterval = 30, bytes = 900 } = shape;
  const isKey = index % keyInterval === 0;
  const unit = isKey ? keySlice(keyBytes, index) : slice(bytes + index % 300, index);
  return { nalUnits: [unit], ticks: 1000 + index * FRAME_TICKS, isKey, gapBefore: false };
}

export function pictures(count: number, shape: ScreenShape = {}, first = 0): H264Picture[] {
  return Array.from({ length: count }, (_, index) => picture(first + index, shape));
}

export function pushPictures(stage: Stage, those: readonly H264Picture[]): Stage {
  for (const next of those) stage.tell((core) => core.pushPicture(next, stage.now));
  return stage;
}

export function packetsIn(datagrams: readonly Uint8Array[]): RtpPacket[] {
  return datagrams.map((datagram) => {
    const packet = parseRtp(datagram);
    assert(packet.ok);
    return packet.value;
  });
}

/** What a listener makes of packets that all arrived, in order. */
export function unpack(packets: readonly RtpPacket[]): ReceivedH264[] {
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
