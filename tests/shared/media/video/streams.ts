import type {
  FramePacket,
  Unpacked,
  VideoPayload,
} from "../../../../shared/media/video/video_payload.ts";

/** Starts before, at and behind the wraps of 16 and 32 bits. */
export const STARTS = [0, 65_535, 65_536, 2 ** 32 - 2, 2 ** 32] as const;

/** Numbers the payloads of consecutive frames, as a host does. */
export function packetsOf(
  frames: readonly (readonly VideoPayload[])[],
  { sequence = 0, frameNumber = 0 } = {},
): FramePacket[] {
  let next = sequence;
  return frames.flatMap((payloads, index) =>
    payloads.map((payload) => ({
      ...payload,
      sequence: next++,
      frameNumber: frameNumber + index,
      ticks: (frameNumber + index) * 3000,
    }))
  );
}

export interface Unpacker<Frame> {
  push(packet: FramePacket): Unpacked<Frame>;
}

/** Pushes packets, each in a buffer that is used again, as a socket's is. */
export function pushAll<Frame>(unpacker: Unpacker<Frame>, packets: readonly FramePacket[]) {
  const frames: Frame[] = [];
  const junk: string[] = [];
  let lost = 0;
  for (const packet of packets) {
    const buffer = packet.payload.slice();
    const unpacked = unpacker.push({ ...packet, payload: buffer });
    buffer.fill(0xee);
    if (unpacked.frame !== undefined) frames.push(unpacked.frame);
    if (unpacked.junk !== undefined) junk.push(unpacked.junk);
    lost += unpacked.lost;
  }
  return { frames, lost, junk };
}
