import { H264Packer } from "../../../../shared/media/video/rtp_h264.ts";
import { Vp8Packer } from "../../../../shared/media/video/rtp_vp8.ts";
import type { ScreenFrame } from "../../../../shared/media/video/screen_frame.ts";
import { canonicalBytes } from "../../../../shared/media/video/screen_frame.ts";
import type { FramePacket } from "../../../../shared/media/video/video_payload.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { keySlice, PPS, slice, SPS, vp8Frame } from "../../../shared/media/video/frames.ts";

/** A frame of a made-up screen, and the packets in which a host would send it. */
export interface MadeFrame {
  readonly number: number;
  readonly ticks: number;
  readonly isKey: boolean;
  /** Whether a later frame refers to it. */
  readonly isReferenced: boolean;
  readonly packets: readonly FramePacket[];
  /** In the form in which frames are compared. */
  readonly bytes: Uint8Array;
}

export interface MadeScreen {
  readonly codec: ScreenCodec;
  readonly frames: readonly MadeFrame[];
}

export interface ScreenOptions {
  readonly codec?: ScreenCodec;
  readonly count: number;
  readonly keyEvery?: number;
  readonly firstSequence?: number;
  readonly firstNumber?: number;
  /** Ticks from one frame to the next. */
  readonly step?: number;
  /** Bytes of a key frame and of another one, at most. */
  readonly sizes?: readonly [key: number, other: number];
  /** H.264: every frame of that place after a key frame is not referred to. */
  readonly unreferenced?: (place: number) => boolean;
  readonly seed?: number;
}

/** Frames of random sizes; each of the sizes is new, so that no two frames are equal. */
export function makeScreen(options: ScreenOptions): MadeScreen {
  const { codec = "h264", count, keyEvery = 10, firstSequence = 0, firstNumber = 0 } = options;
  const { step = 3000, sizes = [6000, 3000], unreferenced = () => false, seed = 1 } = options;
  const rng = new SeededRng(seed);
  const [h264, vp8] = [new H264Packer([SPS, PPS]), new Vp8Packer()];
  let sequence = firstSequence;
  const frames = Array.from({ length: count }, (_, index): MadeFrame => {
    const place = index % keyEvery;
    const isKey = place === 0;
    const isReferenced = isKey || codec === "vp8" || !unreferenced(place);
    const size = 12 + Math.floor(rng.float() * sizes[isKey ? 0 : 1]);
    const [number, ticks] = [firstNumber + index, index * step];
    const unit = (isKey ? keySlice : slice)(size, seed * 1000 + index);
    if (!isReferenced) unit[0]! &= 0x1f;
    const picture = vp8Frame(size, { isKey, seed: seed * 1000 + index });
    const payloads = codec === "h264" ? h264.pack([unit]) : vp8.pack(picture);
    const frame = codec === "h264"
      ? { codec, frameNumber: number, ticks, isKey, nalUnits: [unit] }
      : { codec, frameNumber: number, ticks, isKey, bytes: picture };
    const packets = payloads.map((one) => ({
      ...one,
      sequence: sequence++,
      frameNumber: number,
      ticks,
    }));
    const bytes = canonicalBytes(frame as ScreenFrame);
    return { number, ticks, isKey, isReferenced, packets, bytes };
  });
  return { codec, frames };
}

export function packetsOf({ frames }: MadeScreen): FramePacket[] {
  return frames.flatMap(({ packets }) => packets);
}

/**
 * What is wrong with frames given out: each must be a key frame, or all that it refers to must have been given
 * out since the last key frame; and each must be as it was sent.
 *
 * @returns undefined when nothing is.
 */
export function whatIsWrong({ frames }: MadeScreen, shown: readonly ScreenFrame[]) {
  const byNumber = new Map(frames.map((frame) => [frame.number, frame]));
  let expected: number | undefined;
  for (const frame of shown) {
    const sent = byNumber.get(frame.frameNumber);
    if (!sent) return `frame ${frame.frameNumber} was never sent`;
    if (frame.isKey !== sent.isKey) return `frame ${sent.number} is a key frame or not`;
    if (frame.ticks !== sent.ticks) return `frame ${sent.number} has other ticks`;
    if (!areEqual(canonicalBytes(frame), sent.bytes)) return `frame ${sent.number} is damaged`;
    if (!sent.isKey) {
      if (expected === undefined) return `frame ${sent.number} came before any key frame`;
      if (sent.number < expected) return `frame ${sent.number} came again`;
      for (let number = expected; number < sent.number; number++) {
        if (byNumber.get(number)!.isReferenced) return `${sent.number} refers to ${number}`;
      }
    }
    expected = sent.number + 1;
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
